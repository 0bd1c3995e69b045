// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One user's session as one request sees it: what was stored when it was opened, and what the request
 * has changed since.
 *
 * <p>Attribute values stay encoded until they are read, and a value that was read may be changed in
 * place: {@link SessionManager#save} finds out. Nothing but the manager does I/O, with one exception: {@link #get} and
 * {@link #compute} fetch a value that lies outside of the session's row because it is large.
 *
 * <p>Safe for the threads of one request; saves, id changes and the end take turns. Methods that read or change attributes throw
 * {@link IllegalStateException} once the session has ended.
 */
public interface Session {
    /**
     * The session's id: a secret, for it is all that a browser needs to show. Never log it.
     *
     * <p>The id of a session that {@linkplain SessionListener#sessionExpired expired} is not known any
     * more: only a hash of it was stored. In its place this answers the key of the row, which is that
     * hash with the namespace in front. It opens no session.
     *
     * @return 43 characters of base64url; another one after {@link SessionManager#changeId}
     */
    String id();

    /**
     * What logs may call the session: it stays the same when the id changes, nobody opens a session with it, and nothing that is
     * stored or sent can be found by it but by whoever reads all of the table.
     *
     * @return 16 hexadecimal digits of a hash of random bytes that never leave the server
     */
    String fingerprint();

    /**
     * What belongs in the cookie: the id, signed if signing is on.
     *
     * @return characters that need no quoting in a cookie or a URL
     * @throws IllegalStateException if the session {@linkplain SessionListener#sessionExpired expired}
     */
    String cookieValue();

    /**
     * Whether this request made the session, so that the client does not know it yet.
     *
     * @return false for a session that was found by its cookie, also if its id has just changed and this one is
     *     {@linkplain #isDetached() detached}; true for a detached one that stands in for a store that does not
     *     answer
     */
    boolean isNew();

    /**
     * Whether this session stands on its own: its id has just changed elsewhere, or the store did not answer
     * and the policy is to continue, or it expired and a listener is notified. It is never saved, and the client's cookie must be left alone,
     * neither set nor cleared: the browser may hold a newer one.
     *
     * @return true until {@link SessionManager#changeId} makes it a session of its own, which it does not
     *     with an expired one
     */
    boolean isDetached();

    /**
     * Whether the session is over: ended here, or found ended by a save.
     *
     * @return true if attributes can no longer be used
     */
    boolean isEnded();

    /**
     * Whether the session is {@linkplain #isEnded() over} because somebody else ended it, or it expired: a
     * save or an id change of this request found it gone. The client's cookie must then be left alone: the
     * browser may hold a newer one.
     *
     * @return false for a session that goes on, and for one that was ended here
     */
    boolean isGone();

    /**
     * When the session was created.
     *
     * @return the time, in milliseconds
     */
    Instant createdAt();

    /**
     * The last recorded use before this request; it may lag behind the real one by a touch interval.
     *
     * @return the time of creation for a new session
     */
    Instant lastAccessedAt();

    /**
     * Whether a save of this request recorded its use under the session's present id: the time after which the
     * session ends counts from this request.
     *
     * @return false until a save did so; most requests record nothing, because an earlier one did within the
     *     {@linkplain #touchInterval() touch interval}
     */
    boolean isAccessRecorded();

    /**
     * How long uses of the session may go unrecorded, and so how much later than its idle timeout it may end.
     *
     * @return zero or positive; at most the idle timeout
     */
    Duration touchInterval();

    /**
     * The version that this request has seen or stored: grows with each change of data, by whomever.
     *
     * @return 0 for a session that is not stored yet
     */
    long version();

    /**
     * How long the session may stay unused.
     *
     * @return empty: any time
     */
    Optional<Duration> idleTimeout();

    /**
     * Sets how long this session may stay unused, from now on and for it alone; stored by the next save.
     *
     * @param timeout a millisecond or longer, what is finer is cut off; null or more than 1,000 years: any time
     * @throws IllegalArgumentException if {@code timeout} is shorter than a millisecond
     */
    void setIdleTimeout(@Nullable Duration timeout);

    /**
     * The value of an attribute, as the type that its encoding names.
     *
     * @param name any string
     * @return empty if there is none, or if it cannot be read and the policy hides that
     */
    Optional<Object> get(String name);

    /**
     * The value of an attribute, decoded as the given type. A value that lies outside of the session's row because it is
     * large is fetched when it is first asked for, in the calling thread. The object that was returned once is
     * returned again: what is changed in it is saved.
     *
     * @param name any string
     * @param type the type to decode as
     * @param <T> the type
     * @return empty if there is none, or if it cannot be read as this type and the policy hides that
     * @throws IllegalStateException if the value has to be fetched and the calling thread must not block (an event
     *     loop): then {@link #getAsync(String, Class)} fetches it, or {@link SessionManager.Builder#prefetch} does so
     *     when the session is opened
     * @throws io.github.dynamosession.spi.SessionStoreException if it has to be fetched and the store does not answer
     */
    <T> Optional<T> get(String name, Class<T> type);

    /**
     * Like {@link #get(String, Class)}, for a generic type.
     *
     * @param name any string
     * @param type the type to decode as
     * @param <T> the type
     * @return empty if there is none, or if it cannot be read as this type and the policy hides that
     */
    <T> Optional<T> get(String name, TypeRef<T> type);

    /**
     * Like {@link #get(String, Class)}, without blocking: for an attribute so large that it lies outside of the session's
     * row, whose value {@code get} fetches when it is first asked for. Where nothing has to be fetched the stage is
     * complete when it is returned.
     *
     * @param name any string
     * @param type the type to decode as
     * @param <T> the type
     * @return what {@code get} returns; fails with what {@code get} throws
     * @throws IllegalStateException if the store blocks and the manager has no {@linkplain
     *     SessionManager.Builder#executor executor}
     */
    default <T> CompletionStage<Optional<T>> getAsync(String name, Class<T> type) {
        return CompletableFuture.completedStage(get(name, type));
    }

    /**
     * Like {@link #getAsync(String, Class)}, for a generic type.
     *
     * @param name any string
     * @param type the type to decode as
     * @param <T> the type
     * @return what {@code get} returns; fails with what {@code get} throws
     * @throws IllegalStateException if the store blocks and the manager has no {@linkplain
     *     SessionManager.Builder#executor executor}
     */
    default <T> CompletionStage<Optional<T>> getAsync(String name, TypeRef<T> type) {
        return CompletableFuture.completedStage(get(name, type));
    }

    /**
     * Sets an attribute; stored by the next save.
     *
     * @param name any string
     * @param value the value; null removes the attribute
     * @throws io.github.dynamosession.spi.UnstorableValueException if the codec does not store such a
     *     value; the attribute stays as it was
     */
    void set(String name, @Nullable Object value);

    /**
     * Removes an attribute; one that is not there is not an error.
     *
     * @param name any string
     */
    void remove(String name);

    /**
     * The names of the attributes.
     *
     * @return a copy, possibly empty; includes attributes that turn out unreadable
     */
    Set<String> names();

    /**
     * Changes an attribute by a function, exactly: if another request has changed it by the time of the
     * save, the function is run again on what that one stored. Counting two clicks in two tabs gives
     * two.
     *
     * <p>The function must be pure: it may run several times, in the saving thread or on the manager's
     * executor. An attribute that this request set itself before, or changed in place, is saved as such
     * and the last writer wins.
     *
     * @param name any string
     * @param type the type to decode as
     * @param function from the present value, empty if there is none, to the new one; null removes it
     * @param <T> the type
     * @return the new value; empty if the function gave null
     * @throws io.github.dynamosession.spi.UnstorableValueException if the codec does not store the result
     * @throws io.github.dynamosession.spi.UnreadableValueException if the present value cannot be read, under
     *     whatever policy: the function would take it for absent, and overwrite it
     */
    <T> Optional<T> compute(String name, Class<T> type, Function<Optional<T>, ? extends @Nullable T> function);

    /**
     * Like {@link #compute(String, Class, Function)}, for a generic type.
     *
     * @param name any string
     * @param type the type to decode as
     * @param function from the present value, empty if there is none, to the new one; null removes it
     * @param <T> the type
     * @return the new value; empty if the function gave null
     * @throws io.github.dynamosession.spi.UnstorableValueException if the codec does not store the result
     * @throws io.github.dynamosession.spi.UnreadableValueException if the present value cannot be read, under
     *     whatever policy: the function would take it for absent, and overwrite it
     */
    <T> Optional<T> compute(String name, TypeRef<T> type, Function<Optional<T>, ? extends @Nullable T> function);

    /**
     * This session itself, without what a framework put in front of it. {@link SessionManager} calls it,
     * so that a proxy that passes on all methods may be given to it wherever a session may.
     *
     * @return this, if nothing is in front of it
     */
    default Session unwrapped() {
        return this;
    }
}
