// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * Keeps sessions in a database: five operations, and this contract.
 *
 * <p>The clauses are numbered; the contract tests of {@code dynamosession-store-testkit} cite them.
 *
 * <p><b>All operations.</b>
 * <ul>
 *   <li><b>C1</b> Safe for use by any number of threads and nodes at once; each operation takes
 *       effect at one instant or not at all.
 *   <li><b>C2</b> What cannot be expected ends the stage with a {@link SessionStoreException}, never
 *       with an outcome: a failure is not "absent". If a write may or may not have happened, the
 *       exception says so ({@link SessionStoreException#outcomeUnknown()}).
 *   <li><b>C3</b> An outcome is right even if the reply to an applied write was lost and the call was
 *       repeated underneath: a write that finds its own traces answers as it did the first time.
 *   <li><b>C4</b> A store that {@linkplain #isBlocking() blocks} returns completed stages. One that does
 *       not returns before any I/O has ended.
 *   <li><b>C5</b> Neither ids, keys nor values appear in messages of exceptions or in logs.
 *   <li><b>C6</b> Attribute names may be any string: dots, spaces, the empty one, lone surrogates. A
 *       session may have no attributes at all, and a delta any number of them. What is too large is
 *       refused with {@link SessionTooLargeException}, and nothing is changed.
 * </ul>
 *
 * <p><b>find</b>
 * <ul>
 *   <li><b>C10</b> Finds what was created under the key or moved to it, with all that is stored.
 *   <li><b>C11</b> A session whose {@link StoredSession#expiresAt()} has come is {@code Absent}, even if
 *       its data is still there.
 *   <li><b>C12</b> A key whose session moved answers {@code Moved} at once, for whatever reason, with the time
 *       and the reason of the move and without data, for at least {@link #FOLLOW_WINDOW}; after that
 *       {@code Absent} is allowed.
 *   <li><b>C13</b> Never writes.
 * </ul>
 *
 * <p><b>create</b>
 * <ul>
 *   <li><b>C20</b> Stores the session only if the key is free; otherwise {@code Exists}, and what is
 *       there stays. Neither a key from which a session moved is free, nor one whose session expired, as
 *       long as anything of it is stored: the end of the expired one may still have to be told.
 *   <li><b>C21</b> A repetition is known by the {@link StoredSession#uid()}: it answers {@code Written}.
 * </ul>
 *
 * <p><b>update</b>
 * <ul>
 *   <li><b>C30</b> Applies all of the delta or none of it; attributes that it does not name stay.
 *   <li><b>C31</b> Never brings a session back: deleted, never created or expired is {@code Gone}.
 *   <li><b>C32</b> A repetition is known by {@link SessionDelta#write()}, as long as no other data write
 *       came between: it answers {@code Written} and changes nothing, also under a key that the session
 *       left since, for whatever reason; then {@code Written} says so ({@link UpdateOutcome.Written#moved()}).
 *       An id change that changes data is a data write. If another one
 *       came between, a repetition that does not {@linkplain SessionDelta#repeated() say that it is one} is a
 *       call like any other, and the delta's condition decides. For one that does, and for calls whose reply
 *       was lost and that the store repeats by itself, a store that cannot tell whether a delta with a condition
 *       was applied answers that the outcome is unknown (C2). It can tell by
 *       {@link SessionDelta#seenVersion()}: if the version has grown by one since, by another write, the
 *       delta was not applied. A delta without a condition may be applied once more then, over what the other one wrote,
 *       and make a version each time.
 *   <li><b>C33</b> {@code AttributesUnchanged}: if one of the named attributes is stored otherwise, the
 *       outcome is {@code Conflict} with what is stored now. Other attributes do not matter.
 *   <li><b>C34</b> {@code VersionIs}: likewise for any change of data.
 *   <li><b>C35</b> The version grows by one with each delta that changes data, and by nothing else.
 *   <li><b>C36</b> An access is recorded as a whole or not at all: only if it moves neither
 *       {@code accessedAt} nor {@code expiresAt} backward, and only if the stored idle timeout is the one
 *       it was computed from. Otherwise the rest of the delta is applied without it, and the outcome is
 *       still {@code Written}. A delta that changes the idle timeout sets all three, forward or not.
 *   <li><b>C37</b> A touch never revives: at or after {@code expiresAt} it is {@code Gone}. A change of
 *       data is still accepted for {@link #SAVE_GRACE} after it, for requests that opened the session
 *       in time, and then {@code Gone}.
 *   <li><b>C38</b> Under a key whose session moved: after a privilege change or a step-up {@code Moved}; after a
 *       rotation the delta is applied to the session under its new key for {@link #FOLLOW_WINDOW}, and
 *       {@code Written} {@linkplain UpdateOutcome.Written#moved() says so}; then {@code Moved} or {@code Gone}. Rotations in a row are followed to the end, at least
 *       {@link #MAX_FOLLOWED} of them; a store that cannot follow further fails (C2).
 *   <li><b>C39</b> {@code uid}, {@code createdAt} and {@code absoluteExpiry} never change.
 * </ul>
 *
 * <p><b>changeKey</b>
 * <ul>
 *   <li><b>C40</b> In one instant the session, with the delta applied to what is stored then, is under
 *       the new key, and the old one answers {@code Moved}. Until {@code changeKey} has answered, what the
 *       new key answers is open: only its caller knows it.
 *   <li><b>C41</b> Of any number of racers exactly one is told {@code Changed}, the others {@code Moved}.
 *   <li><b>C42</b> A repetition (same keys, same {@link SessionDelta#write()}) answers as {@code find} under
 *       the new key does: {@code Changed} with what is stored there by now, {@code Moved} if the session
 *       moved on, {@code Gone} if it was deleted or has expired since. A caller that repeats after an unknown
 *       outcome {@linkplain SessionDelta#repeated() says so}.
 *   <li><b>C43</b> An update that raced with it is either part of what moved or answers as C38 says; it
 *       is never lost after it was told {@code Written}.
 *   <li><b>C44</b> Deleted, never created or expired is {@code Gone}; a condition that does not hold is
 *       {@code Conflict}. Under a key that {@code find} answers with {@code Moved} it is {@code Moved}: a
 *       move does not follow a move. When {@code find} no longer says so (C12), it is {@code Gone}.
 * </ul>
 *
 * <p><b>delete</b>
 * <ul>
 *   <li><b>C50</b> Afterwards no session is found under the key: it is {@code Absent}, or still {@code Moved}
 *       where one moved away (C12). Of any number of callers at most one is told
 *       {@code DELETED}; exactly one if no reply was lost. An expired session is {@code ABSENT}.
 *   <li><b>C51</b> Under a key whose session was rotated or stepped up it deletes the session under its new key,
 *       for {@link #FOLLOW_WINDOW}, through as many moves as C38 says. After a privilege change, and after the
 *       window as long as the store remembers the move, it is {@code MOVED} and the session stays: never
 *       {@code ABSENT} where the session may live.
 * </ul>
 *
 * <p><b>Key binding</b>
 * <ul>
 *   <li><b>C52</b> A {@link StoredSession#keyBinding()} is kept as it is: what was created with one, or moved,
 *       is found with it, and what has none is found with none.
 *   <li><b>C53</b> A delta that names a key binding replaces the stored one: with an update if it changes data,
 *       together with them, and with an id change always, under the new key. One that names none leaves
 *       the stored one.
 *   <li><b>C54</b> An update that follows a rotation (C38) does not write its key binding, which was made for the
 *       old key; the rest of it is applied.
 * </ul>
 *
 * <p>Further abilities (indexes, sweeping, locks, values outside the row) are further interfaces that
 * a store may implement as well.
 */
public interface SessionStore extends AutoCloseable {
    /** How long writes and deletions follow a {@linkplain KeyChangeReason#ROTATION rotation}. */
    Duration FOLLOW_WINDOW = Duration.ofMinutes(5);

    /** How many moves in a row writes and deletions follow at least. */
    int MAX_FOLLOWED = 64;

    /** How long after a session's end a change of data from a request that opened it is accepted. */
    Duration SAVE_GRACE = Duration.ofMinutes(1);

    /**
     * Whether operations do their I/O in the calling thread (C4). The engine then asks for an executor
     * before it calls this store from a method that must not block.
     *
     * @return true if every stage is complete when it is returned
     */
    boolean isBlocking();

    /**
     * Looks a session up (C10 to C13).
     *
     * @param key where to look
     * @return what is there
     */
    CompletionStage<FindOutcome> find(SessionKey key);

    /**
     * Stores a new session if the key is free (C20, C21).
     *
     * @param key where to store it
     * @param session what to store
     * @return whether it is stored
     */
    CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session);

    /**
     * Applies a delta to the stored session if it still exists (C30 to C39).
     *
     * @param key which session
     * @param delta what to change; one that changes nothing and records no access is an error of the
     *     caller, and a store may answer {@code Written} without looking
     * @return whether it is stored
     */
    CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta);

    /**
     * Moves a session to another key and applies a delta on the way (C40 to C44).
     *
     * @param from the present key
     * @param to the new key, never used before
     * @param seen the session as this store last gave it to the caller, which may save the store a
     *     read; it decides nothing
     * @param delta what to change with the move; its access is recorded
     * @param reason what becomes of late writes under {@code from}
     * @return whether this call moved it
     */
    CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason);

    /**
     * Deletes a session (C50, C51).
     *
     * @param key which session
     * @return whether this call deleted it
     */
    CompletionStage<DeleteOutcome> delete(SessionKey key);

    /** Releases what the store itself made; what was given to it stays open. May be called twice. */
    @Override
    void close();
}
