// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.crypto.PrincipalHash;
import io.github.dynamosession.engine.CustomAttributes;
import io.github.dynamosession.engine.EngineSession;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A session that was found, as it was stored at that moment, without its id, which nobody but its client knows, and
 * without the values of its attributes.
 *
 * <p>Immutable.
 */
public final class SessionHandle {
    private final SessionKey key;
    private final StoredSession session;
    private final CustomAttributes custom;

    SessionHandle(SessionKey key, StoredSession session, CustomAttributes custom) {
        this.key = key;
        this.session = session;
        this.custom = custom;
    }

    /**
     * Names the session for {@link SessionManager#endBy}, also after a change of its id. It is no id and worth nothing
     * in a cookie, so that a page may show it to the session's user.
     *
     * @return a text, not empty
     */
    public String reference() {
        return key.value();
    }

    /**
     * Whether this is the session of a request: on a page that lists a user's sessions, the one that the user sees it
     * with.
     *
     * @param other a session of the same manager
     * @return true also after a change of its id
     */
    public boolean isOf(Session other) {
        return EngineSession.of(other).uid().equals(session.uid());
    }

    /**
     * When the session was created.
     *
     * @return the time of creation
     */
    public Instant createdAt() {
        return session.createdAt();
    }

    /**
     * The last access that was recorded; the real one may be later by up to a touch interval.
     *
     * @return the recorded access
     */
    public Instant lastAccessedAt() {
        return session.accessedAt();
    }

    /**
     * When the session ends unless it is used again.
     *
     * @return empty: never
     */
    public Optional<Instant> expiresAt() {
        return session.expiresAt();
    }

    /**
     * The stored attributes and their sizes.
     *
     * @return the number of bytes of each attribute's encoded value, by name; unmodifiable
     */
    public Map<String, Integer> attributeSizes() {
        Map<String, Integer> sizes = new TreeMap<>();
        session.attributes().forEach((name, value) -> sizes.put(name, value.length()));
        sizes.remove(PrincipalHash.ATTRIBUTE);
        return Collections.unmodifiableMap(sizes);
    }

    /**
     * The custom attributes that are stored as they are; those that are hashed are left out.
     *
     * @return by name, as {@link io.github.dynamosession.spi.CustomValue#value()} gives them; unmodifiable
     */
    public Map<String, Object> customAttributes() {
        Map<String, Object> readable = new TreeMap<>();
        session.custom().forEach((name, value) -> {
            if (custom.isReadable(name)) {
                readable.put(name, value.value());
            }
        });
        return Collections.unmodifiableMap(readable);
    }

    /** Shows neither the reference nor attributes. */
    @Override
    public String toString() {
        return "SessionHandle[created " + session.createdAt() + ", accessed " + session.accessedAt() + "]";
    }
}
