// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

/** A command cannot go on; the message says why and what to do, and is all that the operator sees. */
final class CommandFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommandFailedException(String message) {
        super(message);
    }
}
