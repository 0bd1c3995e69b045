// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.Optional;

/**
 * The mark of an indexed value, by which the engine knows sessions that an index did not show yet when all of a value's
 * were ended.
 *
 * @param generation grows with each {@link IndexedSessionStore#raiseMark}
 * @param spared the {@link StoredSession#uid()} of the session that the last of them left alone; empty: none
 */
public record IndexMark(long generation, Optional<Token> spared) {}
