// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

/** How a command says what it found. */
enum Output {
    /** For people. */
    TEXT,
    /** One line, for programs. */
    JSON
}
