// SPDX-License-Identifier: Apache-2.0
/** Sessions for the JDK's own HTTP server: an adapter written with the library's public classes alone. */
@NullMarked
package io.github.dynamosession.examples.httpserver;

import org.jspecify.annotations.NullMarked;
