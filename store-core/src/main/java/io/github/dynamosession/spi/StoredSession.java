// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A session as a store keeps it: attributes still encoded, and the times that decide when it ends.
 *
 * <p>Immutable. Times have millisecond precision: what is finer is cut off by the builder, so that a
 * value that went through a store equals the one that came out.
 */
public final class StoredSession {
    private final Token uid;
    private final long version;
    private final Map<String, EncodedValue> attributes;
    private final Map<String, CustomValue> custom;
    private final Instant createdAt;
    private final Instant accessedAt;
    private final @Nullable Duration idleTimeout;
    private final @Nullable Instant expiresAt;
    private final @Nullable Instant absoluteExpiry;
    private final @Nullable Token keyBinding;
    private final @Nullable Object backing;

    private StoredSession(Builder builder) {
        this.uid = Objects.requireNonNull(builder.uid, "uid");
        this.version = builder.version;
        this.attributes = builder.attributes instanceof ChangedAttributes
                ? builder.attributes
                : Collections.unmodifiableMap(builder.attributes);
        this.custom = builder.custom.isEmpty() ? Map.of() : Collections.unmodifiableMap(builder.custom);
        builder.sharesAttributes = true;
        builder.sharesCustom = true;
        this.createdAt = Objects.requireNonNull(builder.createdAt, "createdAt");
        this.accessedAt = Objects.requireNonNull(builder.accessedAt, "accessedAt");
        this.idleTimeout = builder.idleTimeout;
        this.expiresAt = builder.expiresAt;
        this.absoluteExpiry = builder.absoluteExpiry;
        this.keyBinding = builder.keyBinding;
        this.backing = builder.backing;
    }

    /**
     * A builder; {@code uid}, {@code createdAt} and {@code accessedAt} must be set.
     *
     * @return a builder with version 1, no attributes, and no end
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * A builder that starts with everything that this session holds, the backing excepted.
     *
     * @return a builder
     */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.uid = uid;
        builder.version = version;
        builder.attributes = attributes;
        builder.custom = custom;
        builder.createdAt = createdAt;
        builder.accessedAt = accessedAt;
        builder.idleTimeout = idleTimeout;
        builder.expiresAt = expiresAt;
        builder.absoluteExpiry = absoluteExpiry;
        builder.keyBinding = keyBinding;
        return builder;
    }

    /**
     * What makes this session itself, whatever its id: random, never changes, never leaves the server.
     *
     * @return the uid
     */
    public Token uid() {
        return uid;
    }

    /**
     * Grows with each change of data (attributes or idle timeout), not with a touch.
     *
     * @return 1 for a session that was just created
     */
    public long version() {
        return version;
    }

    /**
     * The encoded attributes by name. A name may be any string, the empty one included.
     *
     * @return unmodifiable, possibly empty
     */
    public Map<String, EncodedValue> attributes() {
        return attributes;
    }

    /**
     * The custom attributes by name, and whatever else of other releases a store finds beside a session's data.
     *
     * @return unmodifiable, possibly empty; always empty if the store is no {@link IndexedSessionStore}
     */
    public Map<String, CustomValue> custom() {
        return custom;
    }

    /**
     * When the session was created; survives a change of its id.
     *
     * @return the time of creation
     */
    public Instant createdAt() {
        return createdAt;
    }

    /**
     * The last access that was recorded. The real one may be later by up to a touch interval.
     *
     * @return the recorded access
     */
    public Instant accessedAt() {
        return accessedAt;
    }

    /**
     * How long the session may stay unused.
     *
     * @return empty: any time
     */
    public Optional<Duration> idleTimeout() {
        return Optional.ofNullable(idleTimeout);
    }

    /**
     * The instant at and after which the session is expired, as the engine computed it.
     *
     * @return empty: never
     */
    public Optional<Instant> expiresAt() {
        return Optional.ofNullable(expiresAt);
    }

    /**
     * The end of the absolute lifetime, which no access moves.
     *
     * @return empty: none
     */
    public Optional<Instant> absoluteExpiry() {
        return Optional.ofNullable(absoluteExpiry);
    }

    /**
     * What binds the session's encrypted values to the key that it is stored under: made and understood
     * by the engine alone, kept by the store as it is (C52 to C54).
     *
     * @return empty: none
     */
    public Optional<Token> keyBinding() {
        return Optional.ofNullable(keyBinding);
    }

    /**
     * Whatever the store attached when it made this value; the engine never looks at it and hands it
     * back with {@link SessionStore#changeKey}. A store keeps here what it must not lose when it moves
     * a session, such as columns of a newer release, and what its conditions compare: an id change then
     * needs no second read.
     *
     * @return null if the store attached nothing, or if this value was made by the engine
     */
    public @Nullable Object backing() {
        return backing;
    }

    /**
     * Whether the session is over at the given time.
     *
     * @param now the time to compare with
     * @return true from {@link #expiresAt()} on, that instant included
     */
    public boolean isExpiredAt(Instant now) {
        return expiresAt != null && !now.isBefore(expiresAt);
    }

    @Override
    public String toString() {
        return "StoredSession[version " + version + ", " + attributes.size() + " attributes]";
    }

    /** Collects what a {@link StoredSession} holds. Not for use by several threads. */
    public static final class Builder {
        private @Nullable Token uid;
        private long version = 1;
        private Map<String, EncodedValue> attributes = Map.of();
        /** Whether the map is somebody else's as well, so that a change needs a copy. */
        private boolean sharesAttributes = true;

        private Map<String, CustomValue> custom = Map.of();
        private boolean sharesCustom = true;
        private @Nullable Instant createdAt;
        private @Nullable Instant accessedAt;
        private @Nullable Duration idleTimeout;
        private @Nullable Instant expiresAt;
        private @Nullable Instant absoluteExpiry;
        private @Nullable Token keyBinding;
        private @Nullable Object backing;

        private Builder() {}

        /**
         * See {@link StoredSession#uid()}; required.
         *
         * @param uid the session's uid
         * @return this
         */
        public Builder uid(Token uid) {
            this.uid = uid;
            return this;
        }

        /**
         * See {@link StoredSession#version()}; 1 unless set.
         *
         * @param version the version
         * @return this
         */
        public Builder version(long version) {
            this.version = version;
            return this;
        }

        /**
         * Replaces all attributes.
         *
         * @param attributes encoded values by name; not copied unless this builder changes one, so that it may be a view
         *     which makes values when they are asked for; not to be changed afterwards
         * @return this
         */
        public Builder attributes(Map<String, EncodedValue> attributes) {
            this.attributes = Objects.requireNonNull(attributes, "attributes");
            sharesAttributes = true;
            return this;
        }

        /**
         * Adds an attribute, or replaces it.
         *
         * @param name the name
         * @param value the encoded value
         * @return this
         */
        public Builder attribute(String name, EncodedValue value) {
            ownAttributes().put(name, value);
            return this;
        }

        private Map<String, EncodedValue> ownAttributes() {
            if (sharesAttributes) {
                attributes = new HashMap<>(attributes);
                sharesAttributes = false;
            }
            return attributes;
        }

        private Map<String, CustomValue> ownCustom() {
            if (sharesCustom) {
                custom = new HashMap<>(custom);
                sharesCustom = false;
            }
            return custom;
        }

        /**
         * Replaces all custom attributes.
         *
         * @param custom values by name; not copied unless this builder changes one; not to be changed afterwards
         * @return this
         */
        public Builder custom(Map<String, CustomValue> custom) {
            this.custom = Objects.requireNonNull(custom, "custom");
            sharesCustom = true;
            return this;
        }

        /**
         * See {@link StoredSession#createdAt()}; required.
         *
         * @param createdAt cut off to milliseconds
         * @return this
         */
        public Builder createdAt(Instant createdAt) {
            this.createdAt = millis(createdAt);
            return this;
        }

        /**
         * See {@link StoredSession#accessedAt()}; required.
         *
         * @param accessedAt cut off to milliseconds
         * @return this
         */
        public Builder accessedAt(Instant accessedAt) {
            this.accessedAt = millis(accessedAt);
            return this;
        }

        /**
         * See {@link StoredSession#idleTimeout()}.
         *
         * @param idleTimeout null: never
         * @return this
         */
        public Builder idleTimeout(@Nullable Duration idleTimeout) {
            this.idleTimeout = idleTimeout;
            return this;
        }

        /**
         * See {@link StoredSession#expiresAt()}.
         *
         * @param expiresAt null: never; cut off to milliseconds
         * @return this
         */
        public Builder expiresAt(@Nullable Instant expiresAt) {
            this.expiresAt = expiresAt == null ? null : millis(expiresAt);
            return this;
        }

        /**
         * See {@link StoredSession#absoluteExpiry()}.
         *
         * @param absoluteExpiry null: none; cut off to milliseconds
         * @return this
         */
        public Builder absoluteExpiry(@Nullable Instant absoluteExpiry) {
            this.absoluteExpiry = absoluteExpiry == null ? null : millis(absoluteExpiry);
            return this;
        }

        /**
         * See {@link StoredSession#keyBinding()}.
         *
         * @param keyBinding null: none
         * @return this
         */
        public Builder keyBinding(@Nullable Token keyBinding) {
            this.keyBinding = keyBinding;
            return this;
        }

        /**
         * See {@link StoredSession#backing()}.
         *
         * @param backing null: nothing
         * @return this
         */
        public Builder backing(@Nullable Object backing) {
            this.backing = backing;
            return this;
        }

        /**
         * Applies a delta (attributes, custom attributes, key binding, access, version) as {@link SessionStore#changeKey} does to a
         * stored session whose condition holds: an access that C36 leaves out is left out.
         *
         * @param delta what to apply
         * @return this
         */
        public Builder apply(SessionDelta delta) {
            if (!delta.set().isEmpty() || !delta.removed().isEmpty()) {
                if (sharesAttributes && !(attributes instanceof ChangedAttributes)) {
                    attributes = new ChangedAttributes(attributes, delta);
                } else {
                    ownAttributes().putAll(delta.set());
                    ownAttributes().keySet().removeAll(delta.removed());
                }
            }
            applyCustom(delta);
            delta.keyBinding().ifPresent(this::keyBinding);
            delta.access().filter(access -> records(delta, access)).ifPresent(access -> {
                accessedAt(access.accessedAt());
                idleTimeout(access.idleTimeout().orElse(null));
                expiresAt(access.expiresAt().orElse(null));
            });
            if (delta.changesData()) {
                version++;
            }
            return this;
        }

        /**
         * Applies a delta's custom attributes and nothing else of it.
         *
         * @param delta what to apply
         * @return this
         */
        public Builder applyCustom(SessionDelta delta) {
            delta.custom()
                    .forEach((name, value) -> value.ifPresentOrElse(
                            given -> ownCustom().put(name, given),
                            () -> ownCustom().remove(name)));
            return this;
        }

        /** C36: a new idle timeout counts as it is, a mere access only forward. */
        private boolean records(SessionDelta delta, SessionDelta.Access access) {
            return delta.changesIdleTimeout()
                    || (access.idleTimeout().equals(Optional.ofNullable(idleTimeout))
                            && !(accessedAt != null && access.accessedAt().isBefore(accessedAt))
                            && !access.expiresAt()
                                    .orElse(Instant.MAX)
                                    .isBefore(expiresAt == null ? Instant.MAX : expiresAt));
        }

        /**
         * Builds the value. The builder must not be used afterwards.
         *
         * @return the session
         * @throws NullPointerException if something required was not set
         */
        public StoredSession build() {
            return new StoredSession(this);
        }

        private static Instant millis(Instant instant) {
            return Instant.ofEpochMilli(instant.toEpochMilli());
        }
    }
}
