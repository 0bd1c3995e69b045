// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.Session;
import io.github.dynamosession.spi.UnstorableValueException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.EncodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values of Vert.x that no codec knows, stored as what every codec does: {@code {"vertx:JsonObject":
 * {…}}}, {@code {"vertx:JsonArray": […]}} and {@code {"vertx:Buffer": bytes}}. What is inside of a JSON
 * object is what JSON makes of it, as everywhere in Vert.x. Guarded by its session.
 */
final class VertxValues {
    private static final String OBJECT = "vertx:JsonObject";
    private static final String ARRAY = "vertx:JsonArray";
    private static final String BUFFER = "vertx:Buffer";

    private final Map<String, Live> live = new HashMap<>();

    /**
     * What the application was given or has put, and may have changed in place.
     *
     * @param value a JSON object or array, or a buffer
     * @param bytes its content as the engine knows it
     * @param stored what the engine has for it; another one there: the value was replaced behind our back
     */
    private record Live(Object value, Buffer bytes, Object stored) {}

    private static boolean isOurs(Object value) {
        return value instanceof JsonObject || value instanceof JsonArray || value instanceof Buffer;
    }

    void set(Session session, String name, Object value) {
        if (!isOurs(value)) {
            session.set(name, value);
            live.remove(name);
            return;
        }
        Buffer bytes = bytes(value);
        Object stored = stored(value, bytes);
        session.set(name, stored);
        live.put(name, new Live(value, bytes, stored));
    }

    @Nullable
    Object get(Session session, String name) {
        Object stored = session.get(name).orElse(null);
        Live known = live.get(name);
        if (known != null && known.stored() == stored) {
            return known.value();
        }
        live.remove(name);
        Object value = stored == null ? null : opened(stored);
        if (stored == null || value == null) {
            return stored;
        }
        live.put(name, new Live(value, bytes(value), stored));
        return value;
    }

    /** Tells the engine what was changed in place. */
    void writeBack(Session session) {
        if (session.isEnded()) {
            return;
        }
        for (Map.Entry<String, Live> entry : List.copyOf(live.entrySet())) {
            Live known = entry.getValue();
            if (session.get(entry.getKey()).orElse(null) != known.stored()) {
                live.remove(entry.getKey());
            } else if (!bytes(known.value()).equals(known.bytes())) {
                set(session, entry.getKey(), known.value());
            }
        }
    }

    void clear() {
        live.clear();
    }

    private static Buffer bytes(Object value) {
        try {
            return value instanceof JsonObject object
                    ? object.toBuffer()
                    : value instanceof JsonArray array ? array.toBuffer() : ((Buffer) value).copy();
        } catch (EncodeException e) {
            // Its message may hold the value.
            throw new UnstorableValueException(
                    value.getClass().getName() + " cannot be stored in a session: it holds what is no JSON", null);
        }
    }

    private static Object stored(Object value, Buffer bytes) {
        if (value instanceof JsonObject) {
            return Map.of(OBJECT, new JsonObject(bytes).getMap());
        }
        return value instanceof JsonArray
                ? Map.of(ARRAY, new JsonArray(bytes).getList())
                : Map.of(BUFFER, bytes.getBytes());
    }

    /** The value that is stored so, which shares nothing with it; null: it is what it is. */
    @SuppressWarnings("unchecked") // copying looks at each name
    private static @Nullable Object opened(Object stored) {
        if (!(stored instanceof Map<?, ?> map) || map.size() != 1) {
            return null;
        }
        Map.Entry<?, ?> only = map.entrySet().iterator().next();
        try {
            if (OBJECT.equals(only.getKey()) && only.getValue() instanceof Map<?, ?> members) {
                return new JsonObject((Map<String, Object>) members).copy();
            }
            if (ARRAY.equals(only.getKey()) && only.getValue() instanceof List<?> elements) {
                return new JsonArray(elements).copy();
            }
        } catch (IllegalStateException | ClassCastException e) {
            // Somebody else's map.
            return null;
        }
        return BUFFER.equals(only.getKey()) && only.getValue() instanceof byte[] bytes ? Buffer.buffer(bytes) : null;
    }
}
