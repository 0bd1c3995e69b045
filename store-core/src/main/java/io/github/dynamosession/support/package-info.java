// SPDX-License-Identifier: Apache-2.0
/**
 * For authors of stores: a whole {@link io.github.dynamosession.spi.SessionStore} over a database that can replace one
 * row on condition that it is still as it was read.
 *
 * <p>An author implements {@link io.github.dynamosession.support.SessionRows} (or, over a blocking driver, {@link
 * io.github.dynamosession.support.BlockingRows}): four operations on one row. {@link
 * io.github.dynamosession.support.RowSessionStore} makes a store of them; the clauses of the contract live in {@code
 * SessionRules}, as functions of a row, a delta and the time.
 *
 * <p>What a session means to a request does not live here, and no database is known here.
 */
@NullMarked
package io.github.dynamosession.support;

import org.jspecify.annotations.NullMarked;
