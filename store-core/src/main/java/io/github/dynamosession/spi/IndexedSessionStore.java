// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A store that keeps custom attributes beside a session's data, and finds sessions by those that have an index: all
 * sessions of a user, of a tenant.
 *
 * <p>C1 to C5 of {@link SessionStore} hold for all operations, and these:
 * <ul>
 *   <li><b>C70</b> {@link StoredSession#custom()} is kept as it is. {@link SessionDelta#custom()} sets and removes
 *       custom attributes together with the rest of a delta that changes data, and with every id change; others stay. It
 *       is no change of data: the version does not grow by it. A touch changes none.
 *   <li><b>C71</b> {@code findBy} answers keys of sessions whose custom attribute has the value, those created first
 *       first. From the start to the page without a {@linkplain IndexPage#next() next} it passes each of them that
 *       stays as it is. An index may lag behind: what was written in the last moments may be missing, and what is
 *       answered may have changed. It never writes.
 *   <li><b>C72</b> {@code readBy} answers the session under a key as it is stored at that moment, if it has not expired
 *       and its attribute has one of the values. It does not answer the copy of an id change that has not happened.
 *   <li><b>C73</b> {@code deleteBy} ends the session under a key if at that moment its attribute has one of the values
 *       and it is not the spared one. If the session has another key by now, for whatever reason and since whenever, it
 *       does the same there, to that session alone: a session that is just changing its id does not escape.
 *   <li><b>C74</b> A session whose attribute has another value by then is left alone.
 *   <li><b>C75</b> What {@code deleteBy} ended is gone as C31 and C50 say. Of any number of callers that end a session,
 *       by {@code deleteBy}, {@link SessionStore#delete} or a sweep, at most one is told so. Copies of id changes that
 *       did not happen, and expired sessions, are removed and answered {@code Skipped}.
 *   <li><b>C76</b> {@code findMark} answers what the last {@code raiseMark} made that ended before it began. {@code
 *       raiseMark} makes, in one instant, a mark with a generation greater than the one before and not less than asked.
 *       A repetition may raise it twice.
 *   <li><b>C77</b> A mark is never removed by the store, and is no session: under its key the operations of {@link
 *       SessionStore} find nothing and change nothing, but that it is taken.
 * </ul>
 */
public interface IndexedSessionStore extends SessionStore {
    /** The longest text that an index takes, in bytes of UTF-8: what DynamoDB takes. */
    int MAX_VALUE_BYTES = 2048;

    /**
     * The index of a custom attribute. Does no I/O.
     *
     * @param attribute the attribute's name
     * @return what it takes; empty: the attribute has no index
     */
    Optional<IndexType> index(String attribute);

    /**
     * Refuses names that cannot be those of custom attributes here. Does no I/O.
     *
     * @param attribute a name
     * @throws IllegalArgumentException if the store uses the name itself, or cannot store it; the message says what to
     *     do
     */
    void requireCustomAttribute(String attribute);

    /**
     * One step through the sessions with a value (C71).
     *
     * @param attribute an attribute that has an index
     * @param value a value that the index takes
     * @param position null to start; otherwise the {@link IndexPage#next()} of the page before
     * @param limit about how many to answer; at least 1
     * @return where they are
     */
    CompletionStage<IndexPage> findBy(String attribute, CustomValue value, @Nullable String position, int limit);

    /**
     * Reads a session that {@link #findBy} showed (C72).
     *
     * @param key where
     * @param attribute the attribute
     * @param values what it may be; not empty
     * @return empty: there is no such session there
     */
    CompletionStage<Optional<StoredSession>> readBy(SessionKey key, String attribute, Set<CustomValue> values);

    /**
     * Ends a session that {@link #findBy} showed, if it still has the value (C73 to C75).
     *
     * @param key where it was
     * @param attribute the attribute
     * @param values what it may be; not empty
     * @param spared the {@link StoredSession#uid()} of a session to leave alone; null: none
     * @return whether this call ended it
     */
    CompletionStage<DeleteByOutcome> deleteBy(
            SessionKey key, String attribute, Set<CustomValue> values, @Nullable Token spared);

    /**
     * Reads a mark (C76, C77).
     *
     * @param key the mark's key, which is no session's
     * @return empty: it was never raised
     */
    CompletionStage<Optional<IndexMark>> findMark(SessionKey key);

    /**
     * Raises a mark (C76).
     *
     * @param key the mark's key, which is no session's
     * @param atLeast the lowest generation to give it
     * @param spared see {@link IndexMark#spared()}; null: none
     * @return the mark that it made
     */
    CompletionStage<IndexMark> raiseMark(SessionKey key, long atLeast, @Nullable Token spared);
}
