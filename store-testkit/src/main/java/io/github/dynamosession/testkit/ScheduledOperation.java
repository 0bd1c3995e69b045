// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.DeleteByOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Access;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * An operation of the contract that {@link Interleavings} runs against others. The same object twice in one program is
 * the operation and its repetition.
 */
public final class ScheduledOperation {
    private static final String TOUCH = "touch";

    private final String name;
    private final Set<SessionKey> keys;
    private final Function<SessionStore, CompletionStage<?>> call;
    private final Function<SessionModel, Object> model;

    private ScheduledOperation(
            String name,
            Set<SessionKey> keys,
            Function<SessionStore, CompletionStage<?>> call,
            Function<SessionModel, Object> model) {
        this.name = name;
        this.keys = keys;
        this.call = call;
        this.model = model;
    }

    /**
     * {@link SessionStore#find}.
     *
     * @param key the key
     * @return the operation
     */
    public static ScheduledOperation find(SessionKey key) {
        return new ScheduledOperation("find", Set.of(key), store -> store.find(key), model -> model.find(key));
    }

    /**
     * {@link SessionStore#create}.
     *
     * @param key the key
     * @param session the session
     * @return the operation
     */
    public static ScheduledOperation create(SessionKey key, StoredSession session) {
        return new ScheduledOperation(
                "create", Set.of(key), store -> store.create(key, session), model -> model.create(key, session));
    }

    /**
     * {@link SessionStore#update}.
     *
     * @param key the key
     * @param delta the delta
     * @return the operation
     */
    public static ScheduledOperation update(SessionKey key, SessionDelta delta) {
        return new ScheduledOperation(
                delta.changesData() ? "update" : TOUCH,
                Set.of(key),
                store -> store.update(key, delta),
                model -> model.update(key, delta));
    }

    /**
     * {@link SessionStore#changeKey}.
     *
     * @param from the present key
     * @param to the new key, which no other operation names before this one has answered
     * @param seen the session as it was seen
     * @param delta the delta
     * @param reason the reason
     * @return the operation
     */
    public static ScheduledOperation changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        return new ScheduledOperation(
                "changeKey",
                Set.of(from, to),
                store -> store.changeKey(from, to, seen, delta, reason),
                model -> model.changeKey(from, to, delta, reason));
    }

    /**
     * {@link SessionStore#delete}.
     *
     * @param key the key
     * @return the operation
     */
    public static ScheduledOperation delete(SessionKey key) {
        return new ScheduledOperation("delete", Set.of(key), store -> store.delete(key), model -> model.delete(key));
    }

    /**
     * {@link SweepableSessionStore#deleteExpired}.
     *
     * @param seen a session that had expired long before the operations began
     * @return the operation
     */
    public static ScheduledOperation deleteExpired(ExpiredSession seen) {
        return new ScheduledOperation(
                "deleteExpired",
                Set.of(seen.key()),
                store -> ((SweepableSessionStore) store).deleteExpired(seen),
                model -> model.deleteExpired(seen));
    }

    /**
     * {@link IndexedSessionStore#deleteBy}.
     *
     * @param key the key
     * @param attribute the custom attribute
     * @param value the value that it must have
     * @return the operation
     */
    public static ScheduledOperation deleteBy(SessionKey key, String attribute, CustomValue value) {
        return new ScheduledOperation(
                "deleteBy",
                Set.of(key),
                store -> ((IndexedSessionStore) store).deleteBy(key, attribute, Set.of(value), null),
                model -> model.deleteBy(key, attribute, value));
    }

    /** What a client may do with a session that has an attribute {@code a} of the JSON value 1. */
    public enum Kind {
        /** {@link SessionStore#find}. */
        FIND,
        /** {@link SessionStore#create} of another session under the same key. */
        CREATE,
        /** Sets an attribute that no other client sets. */
        UPDATE,
        /** Sets the attribute {@code a} on condition that it is still 1. */
        COMPUTE,
        /** Records an access. */
        TOUCH,
        /** {@link SessionStore#changeKey} with a change of data, {@link KeyChangeReason#PRIVILEGE_CHANGE}. */
        LOGIN,
        /** {@link SessionStore#changeKey} without one, {@link KeyChangeReason#ROTATION}. */
        ROTATION,
        /** {@link SessionStore#delete}. */
        DELETE,
        /** {@link SweepableSessionStore#deleteExpired}. */
        SWEEP,
        /** {@link IndexedSessionStore#deleteBy} of the custom attribute {@code user}, {@code alice}. */
        DELETE_BY;

        /**
         * An operation of this kind.
         *
         * @param client a number that keeps the keys and accesses of several operations apart
         * @param key the session's key
         * @param session the session as it is given to {@link Interleavings#given}
         * @return the operation
         */
        public ScheduledOperation of(int client, SessionKey key, StoredSession session) {
            return switch (this) {
                case FIND -> find(key);
                case CREATE ->
                    create(
                            key,
                            StoredSession.builder()
                                    .uid(Token.random())
                                    .createdAt(MovableClock.START)
                                    .accessedAt(MovableClock.START)
                                    .expiresAt(MovableClock.START.plus(Duration.ofMinutes(30)))
                                    .build());
                case UPDATE -> update(key, delta().set("b" + client, json("1")).build());
                case COMPUTE ->
                    update(
                            key,
                            delta().set("a", json("2" + client))
                                    .condition(new Condition.AttributesUnchanged(Map.of("a", Optional.of(json("1")))))
                                    .build());
                case TOUCH ->
                    update(key, delta().access(access(session, client)).build());
                case LOGIN ->
                    changeKey(
                            key,
                            SessionKey.of("login " + client),
                            session,
                            delta().set("user", json("1"))
                                    .access(access(session, client))
                                    .build(),
                            KeyChangeReason.PRIVILEGE_CHANGE);
                case ROTATION ->
                    changeKey(
                            key,
                            SessionKey.of("rotation " + client),
                            session,
                            delta().build(),
                            KeyChangeReason.ROTATION);
                case DELETE -> delete(key);
                case SWEEP -> deleteExpired(new ExpiredSession(key, session));
                case DELETE_BY -> deleteBy(key, "user", CustomValue.of("alice"));
            };
        }

        private static Access access(StoredSession session, int client) {
            Instant now = MovableClock.START.plusMillis(client);
            return new Access(now, session.idleTimeout(), session.idleTimeout().map(now::plus));
        }

        private static SessionDelta.Builder delta() {
            return SessionDelta.builder(Token.random());
        }

        private static EncodedValue json(String text) {
            return EncodedValue.of(EncodedValue.JSON, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    Set<SessionKey> keys() {
        return keys;
    }

    boolean isTouch() {
        return name.equals(TOUCH);
    }

    CompletionStage<?> run(SessionStore store) {
        return call.apply(store);
    }

    Object run(SessionModel state) {
        return model.apply(state);
    }

    /**
     * Whether a store may answer so where the model answers otherwise.
     *
     * @param faulted whether a call of this operation failed
     * @param movedLate whether a call of any operation failed: an id change that has happened may then answer later
     *     than the writes that met it, with what they have stored (C42), and a write be recognised after the move
     */
    static boolean agree(Object answered, Object expected, boolean faulted, boolean movedLate) {
        if (movedLate
                && answered instanceof UpdateOutcome.Written written
                && written.moved()
                && expected instanceof UpdateOutcome.Written unmoved) {
            return written.version() == unmoved.version();
        }
        if (faulted
                && (answered == DeleteOutcome.UNCERTAIN
                        || answered == SweepOutcome.UNCERTAIN
                        || answered instanceof DeleteByOutcome.Uncertain)) {
            return true;
        }
        if (faulted && answered instanceof ChangeKeyOutcome.Gone && expected instanceof ChangeKeyOutcome.Changed) {
            // It moved the session, and others ended it before it could tell.
            return true;
        }
        return comparable(answered).equals(comparable(expected));
    }

    /** Outcomes hold sessions, which have no equality of their own. */
    static Object comparable(Object outcome) {
        if (outcome instanceof FindOutcome.Found found) {
            return List.of("Found", comparable(found.session()));
        }
        if (outcome instanceof UpdateOutcome.Conflict conflict) {
            return List.of("Conflict", comparable(conflict.current()));
        }
        if (outcome instanceof ChangeKeyOutcome.Conflict conflict) {
            return List.of("Conflict", comparable(conflict.current()));
        }
        if (outcome instanceof ChangeKeyOutcome.Changed changed) {
            return List.of("Changed", comparable(changed.session()));
        }
        if (outcome instanceof DeleteByOutcome.Deleted deleted) {
            return List.of("Deleted", deleted.key(), comparable(deleted.session()));
        }
        if (outcome instanceof StoredSession session) {
            return List.of(
                    session.uid(),
                    session.version(),
                    List.of(session.attributes(), session.custom()),
                    session.createdAt(),
                    session.accessedAt(),
                    session.idleTimeout(),
                    session.expiresAt(),
                    session.absoluteExpiry(),
                    session.keyBinding());
        }
        return outcome;
    }

    @Override
    public String toString() {
        return name;
    }
}
