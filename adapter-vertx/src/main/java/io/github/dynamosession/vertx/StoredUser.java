// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.Session;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.ClusterSerializable;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.impl.UserConverter;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who is logged in, kept in the session as JSON: principal, attributes and authorizations, read without
 * loading a class that the stored value names. A user of a class that does not say that it can be stored
 * ({@link ClusterSerializable}, as the stock handler has it) is left alone.
 */
final class StoredUser {
    static final String ATTRIBUTE = "__vertx.user";

    private @Nullable String stored;

    /** Logs the user of the session in for this request. */
    void load(Session session, RoutingContext routing) {
        stored = session.get(ATTRIBUTE, String.class).orElse(null);
        if (stored != null) {
            try {
                routing.setUser(UserConverter.decode(new JsonObject(stored)));
            } catch (DecodeException | IllegalArgumentException | ClassCastException e) {
                stored = null;
            }
        }
    }

    /**
     * Notes in the session who is logged in now. Another user, or none any more, asks for another id.
     *
     * @return whether that changed anything
     */
    boolean note(VertxSession session, RoutingContext routing) {
        User user = routing.user();
        if (session.isDestroyed() || (user != null && !(user instanceof ClusterSerializable))) {
            return false;
        }
        String present = user == null ? null : UserConverter.encode(user).encode();
        if (Objects.equals(stored, present)) {
            return false;
        }
        boolean same = stored != null && user != null && principal(stored).equals(user.principal());
        session.put(ATTRIBUTE, present);
        if (!same && !session.isRegenerated()) {
            session.regenerateId();
        }
        stored = present;
        return true;
    }

    /** The session that the user was kept in is left: another one is to keep them. */
    void forget() {
        stored = null;
    }

    private static JsonObject principal(String stored) {
        return new JsonObject(stored).getJsonObject("principal", new JsonObject());
    }
}
