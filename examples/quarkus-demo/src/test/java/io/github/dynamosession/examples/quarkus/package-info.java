// SPDX-License-Identifier: Apache-2.0
/** The demo as users start it, and how fast it is. */
package io.github.dynamosession.examples.quarkus;
