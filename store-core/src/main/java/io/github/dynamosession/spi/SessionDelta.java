// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one save changes: attributes set and removed, the recorded access, and the condition under
 * which all of it happens.
 *
 * <p>Immutable. A delta that changes no data and records an access is a <em>touch</em>.
 */
public final class SessionDelta {
    private final Token write;
    private final Map<String, EncodedValue> set;
    private final Set<String> removed;
    private final Map<String, Optional<CustomValue>> custom;
    private final @Nullable Access access;
    private final boolean changesIdleTimeout;
    private final @Nullable Token keyBinding;
    private final Condition condition;
    private final @Nullable Token lockOwner;
    private final OptionalLong seenVersion;
    private final boolean earlierAttemptMayHaveApplied;

    private SessionDelta(Builder builder) {
        this.write = builder.write;
        this.set = Collections.unmodifiableMap(builder.set);
        this.removed = Collections.unmodifiableSet(builder.removed);
        this.custom = Collections.unmodifiableMap(builder.custom);
        this.access = builder.access;
        this.changesIdleTimeout = builder.changesIdleTimeout;
        this.keyBinding = builder.keyBinding;
        this.condition = builder.condition;
        this.lockOwner = builder.lockOwner;
        this.seenVersion = builder.seenVersion;
        this.earlierAttemptMayHaveApplied = builder.earlierAttemptMayHaveApplied;
    }

    /**
     * A builder of a delta that changes nothing yet.
     *
     * @param write a token that no other write has, by which this one is recognised when it is repeated
     * @return a builder
     */
    public static Builder builder(Token write) {
        return new Builder(write);
    }

    /**
     * Identifies this write; the same in every repetition of it.
     *
     * @return the token
     */
    public Token write() {
        return write;
    }

    /**
     * The attributes to set, by name.
     *
     * @return unmodifiable, possibly empty; no name is also in {@link #removed()}
     */
    public Map<String, EncodedValue> set() {
        return set;
    }

    /**
     * The names of the attributes to remove. One that is not stored is not an error.
     *
     * @return unmodifiable, possibly empty
     */
    public Set<String> removed() {
        return removed;
    }

    /**
     * The custom attributes that change, by name (C70). They are written with a change of data or of the id; a touch
     * has none.
     *
     * @return unmodifiable, possibly empty; an empty value: the attribute is removed
     */
    public Map<String, Optional<CustomValue>> custom() {
        return custom;
    }

    /**
     * The access to record, with the idle timeout and the end that follow from it.
     *
     * @return empty: the stored times stay as they are
     */
    public Optional<Access> access() {
        return Optional.ofNullable(access);
    }

    /**
     * Whether the access carries a new idle timeout. If not, the access is recorded only where the
     * stored idle timeout is still the one it names, and only forward.
     *
     * @return true if the idle timeout is part of the change
     */
    public boolean changesIdleTimeout() {
        return changesIdleTimeout;
    }

    /**
     * The new {@link StoredSession#keyBinding()}, made for the key that the delta is sent to, or with
     * {@link SessionStore#changeKey} for the new key (C53, C54). It is not a change of data.
     *
     * @return empty: the stored one stays as it is
     */
    public Optional<Token> keyBinding() {
        return Optional.ofNullable(keyBinding);
    }

    /**
     * What must hold for the delta to be applied, beyond the session's existence.
     *
     * @return never null; {@link Condition#NONE} by default
     */
    public Condition condition() {
        return condition;
    }

    /**
     * Who has to have the session's lock for the delta to be applied, which releases it ({@link LockableSessionStore},
     * C105, C106).
     *
     * @return empty: locks do not matter, and stay as they are
     */
    public Optional<Token> lockOwner() {
        return Optional.ofNullable(lockOwner);
    }

    /**
     * A version that the stored session had reached before this delta was first sent to a store. It decides
     * nothing. If a reply is lost, a store may conclude from it that the delta was not applied: the version
     * has grown by one since, and that step was another write's (C32).
     *
     * @return empty: not known, and after a lost reply the outcome is unknown more often
     */
    public OptionalLong seenVersion() {
        return seenVersion;
    }

    /**
     * Whether this is a repetition: a write with this token was sent before, its outcome is not known, and it may even
     * be applied later. A store then takes no refusal for a proof that the delta was not applied (C32), and reads
     * before it begins an id change anew (C42).
     *
     * @return false unless the caller says so; what a store repeats by itself it knows by itself
     */
    public boolean earlierAttemptMayHaveApplied() {
        return earlierAttemptMayHaveApplied;
    }

    /**
     * This delta once more, after an attempt whose outcome is not known.
     *
     * @return the same delta, but that {@link #earlierAttemptMayHaveApplied()} is true
     */
    public SessionDelta repeated() {
        if (earlierAttemptMayHaveApplied) {
            return this;
        }
        Builder builder = toBuilder();
        builder.earlierAttemptMayHaveApplied = true;
        return builder.build();
    }

    /**
     * A builder that starts with everything that this delta holds, its token included, but that it says of itself that
     * it is a repetition.
     *
     * @return a builder
     */
    public Builder toBuilder() {
        Builder builder = new Builder(write);
        builder.set.putAll(set);
        builder.removed.addAll(removed);
        builder.custom.putAll(custom);
        builder.access = access;
        builder.changesIdleTimeout = changesIdleTimeout;
        builder.keyBinding = keyBinding;
        builder.condition = condition;
        builder.lockOwner = lockOwner;
        builder.seenVersion = seenVersion;
        return builder;
    }

    /**
     * Whether attributes or the idle timeout change, so that the version grows.
     *
     * @return false for a touch, and for a delta that does nothing
     */
    public boolean changesData() {
        return !set.isEmpty() || !removed.isEmpty() || changesIdleTimeout;
    }

    @Override
    public String toString() {
        return "SessionDelta[set " + set.size() + ", removed " + removed.size() + ", "
                + condition.getClass().getSimpleName() + "]";
    }

    /**
     * A recorded use of a session and what follows from it.
     *
     * @param accessedAt when the session was used
     * @param idleTimeout the idle timeout from which the end was computed; empty: none
     * @param expiresAt when the session ends unless it is used again; empty: never
     */
    public record Access(Instant accessedAt, Optional<Duration> idleTimeout, Optional<Instant> expiresAt) {
        /**
         * Cuts the times off to milliseconds, the precision of a store.
         *
         * @param accessedAt when the session was used
         * @param idleTimeout the idle timeout from which the end was computed; empty: none
         * @param expiresAt when the session ends unless it is used again; empty: never
         */
        public Access {
            accessedAt = Instant.ofEpochMilli(accessedAt.toEpochMilli());
            expiresAt = expiresAt.map(end -> Instant.ofEpochMilli(end.toEpochMilli()));
        }
    }

    /** What a delta requires of the stored session. */
    public sealed interface Condition {
        /** Requires nothing: the delta is merged, and the last writer of an attribute wins. */
        Condition NONE = new None();

        /** Requires nothing. */
        record None() implements Condition {}

        /**
         * Requires that each named attribute is stored exactly as given.
         *
         * @param expected the encoded value by name; an empty value: the attribute is not stored
         */
        record AttributesUnchanged(Map<String, Optional<EncodedValue>> expected) implements Condition {
            /**
             * Copies the map.
             *
             * @param expected the encoded value by name; an empty value: the attribute is not stored
             */
            public AttributesUnchanged {
                expected = Map.copyOf(expected);
            }
        }

        /**
         * Requires that no data changed since this version.
         *
         * @param version the version that the writer saw
         */
        record VersionIs(long version) implements Condition {}
    }

    /** Collects a {@link SessionDelta}. Not for use by several threads. */
    public static final class Builder {
        private final Token write;
        private final Map<String, EncodedValue> set = new HashMap<>();
        private final Set<String> removed = new HashSet<>();
        private final Map<String, Optional<CustomValue>> custom = new HashMap<>();
        private @Nullable Access access;
        private boolean changesIdleTimeout;
        private @Nullable Token keyBinding;
        private Condition condition = Condition.NONE;
        private @Nullable Token lockOwner;
        private OptionalLong seenVersion = OptionalLong.empty();
        private boolean earlierAttemptMayHaveApplied;

        private Builder(Token write) {
            this.write = Objects.requireNonNull(write, "write");
        }

        /**
         * Sets an attribute; a removal of the same name is forgotten.
         *
         * @param name any string
         * @param value the encoded value
         * @return this
         */
        public Builder set(String name, EncodedValue value) {
            removed.remove(name);
            set.put(name, value);
            return this;
        }

        /**
         * Removes an attribute; a value set for the same name is forgotten.
         *
         * @param name any string
         * @return this
         */
        public Builder remove(String name) {
            set.remove(name);
            removed.add(name);
            return this;
        }

        /**
         * Changes a custom attribute.
         *
         * @param name its name
         * @param value empty: it is removed
         * @return this
         */
        public Builder custom(String name, Optional<CustomValue> value) {
            custom.put(name, value);
            return this;
        }

        /**
         * Records an access under the idle timeout that is stored.
         *
         * @param access the access
         * @return this
         */
        public Builder access(Access access) {
            this.access = access;
            this.changesIdleTimeout = false;
            return this;
        }

        /**
         * Records an access and makes its idle timeout the session's.
         *
         * @param access the access, with the new idle timeout
         * @return this
         */
        public Builder changeIdleTimeout(Access access) {
            this.access = access;
            this.changesIdleTimeout = true;
            return this;
        }

        /**
         * See {@link SessionDelta#keyBinding()}.
         *
         * @param keyBinding null (unless set): the stored one stays
         * @return this
         */
        public Builder keyBinding(@Nullable Token keyBinding) {
            this.keyBinding = keyBinding;
            return this;
        }

        /**
         * Sets the condition; {@link Condition#NONE} unless set.
         *
         * @param condition what must hold
         * @return this
         */
        public Builder condition(Condition condition) {
            this.condition = condition;
            return this;
        }

        /**
         * See {@link SessionDelta#lockOwner()}.
         *
         * @param owner null (unless set): nobody
         * @return this
         */
        public Builder lockOwner(@Nullable Token owner) {
            this.lockOwner = owner;
            return this;
        }

        /**
         * See {@link SessionDelta#seenVersion()}; unknown unless set.
         *
         * @param version the {@link StoredSession#version()} of a session that the store gave out, or the
         *     version that an earlier write was told
         * @return this
         */
        public Builder seenVersion(long version) {
            this.seenVersion = OptionalLong.of(version);
            return this;
        }

        /**
         * Builds the delta. The builder must not be used afterwards.
         *
         * @return the delta
         */
        public SessionDelta build() {
            return new SessionDelta(this);
        }
    }
}
