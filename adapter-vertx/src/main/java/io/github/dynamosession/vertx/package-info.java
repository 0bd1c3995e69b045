// SPDX-License-Identifier: Apache-2.0
/**
 * Sessions of Vert.x Web applications: a session handler whose saves are awaited before the response goes
 * out, and a store for the stock handler, which does not wait.
 */
@NullMarked
package io.github.dynamosession.vertx;

import org.jspecify.annotations.NullMarked;
