// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SelectiveCodec;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Stores the objects that Spring Security and Spring MVC keep in sessions as JSON, by Spring Security's own modules
 * for Jackson 3 and by {@link SpringModule}, which closes their gaps.
 *
 * <p>A value comes back equal or is refused: it is decoded when it is set, and has to encode to the same again. Left
 * out are the ids of sessions, in {@code WebAuthenticationDetails} and in the cookies of a saved request: what is
 * stored must not open a session.
 */
final class SpringCodec implements SelectiveCodec {
    /** Whose objects are this codec's, whatever class of an application stands behind them. */
    private static final Set<String> ROOTS = Set.of(
            "org.springframework.security.core.context.SecurityContext",
            "org.springframework.security.core.Authentication",
            "org.springframework.security.core.AuthenticationException",
            "org.springframework.security.web.savedrequest.SavedRequest",
            "org.springframework.security.web.csrf.CsrfToken",
            "org.springframework.security.web.server.csrf.CsrfToken",
            "org.springframework.web.servlet.FlashMap");

    private static final String SECURITY = "org.springframework.security.";

    private static final ClassValue<Boolean> OURS = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            return type.getName().startsWith(SECURITY) || isRoot(type);
        }

        private static boolean isRoot(@Nullable Class<?> type) {
            return type != null
                    && (ROOTS.contains(type.getName())
                            || isRoot(type.getSuperclass())
                            || Arrays.stream(type.getInterfaces()).anyMatch(of -> isRoot(of)));
        }
    };

    private final JsonMapper mapper;
    private final ObjectWriter writer;
    private final ObjectReader reader;
    private final StoredFailures failures;

    SpringCodec(JsonMapper mapper, ClassLoader loader) {
        this.mapper = mapper;
        // As an object of whatever class: then each names its class.
        this.writer = mapper.writerFor(Object.class);
        this.reader = mapper.readerFor(Object.class);
        this.failures = new StoredFailures(loader);
    }

    @Override
    public int format() {
        return EncodedValue.SPRING;
    }

    /** Spring keeps flash maps in a list, and OAuth 2 clients in a map. */
    @Override
    public boolean isFor(Object value) {
        if (value instanceof Collection<?> collection
                && value.getClass().getName().startsWith("java.")) {
            return !collection.isEmpty() && collection.stream().allMatch(SpringCodec::isOurs);
        }
        if (value instanceof Map<?, ?> map && value.getClass().getName().startsWith("java.")) {
            return !map.isEmpty() && map.values().stream().allMatch(SpringCodec::isOurs);
        }
        return isOurs(value);
    }

    private static boolean isOurs(@Nullable Object value) {
        return value != null && OURS.get(value.getClass());
    }

    @Override
    public byte[] encode(Object value) {
        Object stored = failures.toStored(value);
        byte[] bytes = write(stored, value);
        byte[] again;
        try {
            again = write(read(bytes), value);
        } catch (JacksonException | IllegalArgumentException e) {
            throw refused(value, "it cannot be read again", e);
        }
        if (!Arrays.equals(bytes, again) && !SameJson.of(bytes, again)) {
            throw refused(value, "it does not come back equal", null);
        }
        return bytes;
    }

    private byte[] write(Object stored, Object value) {
        try {
            return writer.writeValueAsBytes(stored);
        } catch (RuntimeException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof UnstorableValueException refusal) {
                    throw refusal;
                }
            }
            throw refused(value, "it cannot be written", e);
        }
    }

    private Object read(byte[] bytes) {
        Object read = reader.readValue(bytes);
        if (read == null) {
            throw new IllegalArgumentException("null");
        }
        return read;
    }

    /** Without Jackson's message, which may hold values. */
    private static UnstorableValueException refused(Object value, String problem, @Nullable RuntimeException cause) {
        return new UnstorableValueException(
                value.getClass().getName() + " cannot be stored in a session: " + problem
                        + (cause == null ? "" : " (" + cause.getClass().getSimpleName() + ")")
                        + " by Spring Security's Jackson modules. A class of the application in it needs a constructor"
                        + " without parameters, or one with @JsonCreator, and its fields are stored",
                null);
    }

    @Override
    public Object decode(byte[] bytes, Type type) {
        Object value;
        try {
            value = failures.fromStored(read(bytes));
        } catch (JacksonException | IllegalArgumentException e) {
            throw new UnreadableValueException(
                    "it is not what SpringCodec stores (" + e.getClass().getSimpleName() + ")", null);
        }
        if (!mapper.constructType(type).getRawClass().isInstance(value)) {
            throw new UnreadableValueException("it is not a " + type.getTypeName(), null);
        }
        return value;
    }
}
