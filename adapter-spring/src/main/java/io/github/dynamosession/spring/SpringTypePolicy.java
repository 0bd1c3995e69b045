// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.codec.internal.ListedClasses;
import io.github.dynamosession.spi.UnstorableValueException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.DatabindContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;
import tools.jackson.databind.jsontype.PolymorphicTypeValidator;

/**
 * Which classes are written, and made of stored bytes, by their names: those of Spring Security's modules, some of the
 * JDK's, and the application's {@code dynamosession.allowed-types}. Each exactly, where Jackson's own validator lets
 * every subclass of a listed class in.
 */
final class SpringTypePolicy extends PolymorphicTypeValidator {
    private static final long serialVersionUID = 1L;

    /** Beside what Spring Security lists: what the claims of tokens and the values of flash maps are made of. */
    private static final Set<String> JDK = Set.of(
            "java.lang.Byte",
            "java.lang.Character",
            "java.lang.Float",
            "java.lang.Long",
            "java.lang.Short",
            "java.math.BigDecimal",
            "java.math.BigInteger",
            "java.net.URI",
            "java.net.URL",
            "java.time.LocalDate",
            "java.time.LocalDateTime",
            "java.util.Locale",
            "java.util.UUID");

    /** What an implementation that is not listed is written as. */
    private static final Map<Class<?>, String> COLLECTIONS = Map.of(
            Map.class,
            "java.util.LinkedHashMap",
            Set.class,
            "java.util.LinkedHashSet",
            List.class,
            "java.util.ArrayList");

    /** Whose implementations are no more than that; claims of tokens come in Nimbus' own. */
    private static final List<String> OTHERS = List.of("java.", "com.nimbusds.");

    private final Set<String> names = new HashSet<>(JDK);
    private final Set<String> packages = new HashSet<>();
    private final transient List<BasicPolymorphicTypeValidator.TypeMatcher> matchers = new ArrayList<>();

    SpringTypePolicy(Collection<String> allowedTypes, ClassLoader loader) {
        names.add(StoredFailures.Failure.class.getName());
        for (String entry : allowedTypes) {
            if (entry.endsWith(".*")) {
                packages.add(entry.substring(0, entry.length() - 2));
            } else {
                try {
                    ListedClasses.with(Class.forName(entry, false, loader)).forEach(type -> names.add(type.getName()));
                } catch (ClassNotFoundException | LinkageError e) {
                    // The application's codec has the same setting, and reports it.
                    names.add(entry);
                }
            }
        }
    }

    /** Takes the lists of Spring Security's modules, but not what its builder makes of them. */
    BasicPolymorphicTypeValidator.Builder collector() {
        return new BasicPolymorphicTypeValidator.Builder() {
            @Override
            public BasicPolymorphicTypeValidator.Builder allowIfSubType(Class<?> type) {
                names.add(type.getName());
                return this;
            }

            @Override
            public BasicPolymorphicTypeValidator.Builder allowIfSubType(String name) {
                names.add(name);
                return this;
            }

            @Override
            public BasicPolymorphicTypeValidator.Builder allowIfSubType(
                    BasicPolymorphicTypeValidator.TypeMatcher matcher) {
                matchers.add(matcher);
                return this;
            }
        };
    }

    void allow(Class<?>... types) {
        Stream.of(types).forEach(type -> names.add(type.getName()));
    }

    /** The classes that are listed, those of the application with them. */
    Set<String> names() {
        return Set.copyOf(names);
    }

    private boolean allows(String name) {
        int dot = name.lastIndexOf('.');
        return names.contains(name) || (dot > 0 && packages.contains(name.substring(0, dot)));
    }

    /** The id to write for a value. */
    String idFor(Object value, String id, DatabindContext context) {
        if (allows(id) || matchers.stream().anyMatch(matcher -> matcher.match(context, value.getClass()))) {
            return id;
        }
        String name = value.getClass().getName();
        return COLLECTIONS.entrySet().stream()
                .filter(entry ->
                        entry.getKey().isInstance(value) && OTHERS.stream().anyMatch(name::startsWith))
                .map(Map.Entry::getValue)
                .findAny()
                .orElseThrow(() -> refused(value.getClass()));
    }

    private static UnstorableValueException refused(Class<?> type) {
        String name = type.getName();
        String reason = name.startsWith("org.springframework.security.web.webauthn.")
                ? ": Spring Security cannot write the options of passkeys as JSON. Keep them elsewhere, by"
                        + " PublicKeyCredentialCreationOptionsRepository and PublicKeyCredentialRequestOptionsRepository"
                : " with Spring's objects: allow it with the setting dynamosession.allowed-types=" + name;
        return new UnstorableValueException(name + " may not be stored in a session" + reason, null);
    }

    @Override
    public Validity validateBaseType(DatabindContext context, JavaType base) {
        return Validity.INDETERMINATE;
    }

    @Override
    public Validity validateSubClassName(DatabindContext context, JavaType base, String name) {
        return allows(name) ? Validity.ALLOWED : matchers.isEmpty() ? Validity.DENIED : Validity.INDETERMINATE;
    }

    @Override
    public Validity validateSubType(DatabindContext context, JavaType base, JavaType type) {
        return allows(type.getRawClass().getName())
                        || matchers.stream().anyMatch(matcher -> matcher.match(context, type.getRawClass()))
                ? Validity.ALLOWED
                : Validity.DENIED;
    }
}
