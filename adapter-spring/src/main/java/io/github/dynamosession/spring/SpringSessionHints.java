// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a native image has to keep so that sessions can be stored: of Spring's own classes those that {@link SpringCodec}
 * writes and reads, with the mix-ins that say how, as its mapper has them. The application's: {@link
 * SessionTypesAotProcessor}.
 */
final class SpringSessionHints implements RuntimeHintsRegistrar {
    private static final String SECURITY = "org.springframework.security.";

    /** Asked for by name, to see whether they are there. */
    private static final List<String> MARKERS = List.of(
            "jakarta.servlet.http.HttpServletRequest",
            "org.springframework.security.core.context.SecurityContext",
            "org.springframework.security.jackson.SecurityJacksonModules",
            "org.springframework.security.oauth2.client.OAuth2AuthorizedClient",
            "org.springframework.web.servlet.FlashMap");

    /** Made of the message that was stored of a failed login. */
    private static final List<String> FAILURES = List.of(
            "authentication.AccountExpiredException",
            "authentication.AuthenticationCredentialsNotFoundException",
            "authentication.AuthenticationServiceException",
            "authentication.BadCredentialsException",
            "authentication.CredentialsExpiredException",
            "authentication.DisabledException",
            "authentication.InsufficientAuthenticationException",
            "authentication.InternalAuthenticationServiceException",
            "authentication.LockedException",
            "authentication.ProviderNotFoundException",
            "core.userdetails.UsernameNotFoundException",
            "web.authentication.preauth.PreAuthenticatedCredentialsNotFoundException",
            "web.authentication.rememberme.CookieTheftException",
            "web.authentication.rememberme.InvalidCookieException",
            "web.authentication.rememberme.RememberMeAuthenticationException",
            "web.authentication.session.SessionAuthenticationException",
            "web.authentication.www.NonceExpiredException");

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        ClassLoader loader = classLoader == null ? SpringSessionHints.class.getClassLoader() : classLoader;
        hints.resources().registerPattern("META-INF/dynamosession/*");
        hints.resources().registerPattern("META-INF/services/io.github.dynamosession.spi.*");
        MARKERS.forEach(name -> hints.reflection().registerTypeIfPresent(loader, name));
        for (String name : FAILURES) {
            hints.reflection()
                    .registerTypeIfPresent(loader, SECURITY + name, MemberCategory.INVOKE_DECLARED_CONSTRUCTORS);
        }
        if (ClassUtils.isPresent("tools.jackson.databind.json.JsonMapper", loader)) {
            SpringTypePolicy policy = new SpringTypePolicy(List.of(), loader);
            JsonMapper mapper = SpringJackson.mapper(policy, loader);
            for (JacksonModule module : mapper.registeredModules()) {
                if (module.getClass().getName().startsWith(SECURITY)) {
                    hints.reflection().registerType(module.getClass(), MemberCategory.INVOKE_DECLARED_CONSTRUCTORS);
                }
            }
            Written written = new Written(mapper);
            policy.names().forEach(name -> written.add(name, loader));
            written.register(hints.reflection());
        }
    }

    /** A class whose objects are stored by their fields. */
    static void register(Class<?> type, ReflectionHints reflection) {
        reflection.registerType(
                type,
                MemberCategory.ACCESS_DECLARED_FIELDS,
                MemberCategory.INVOKE_DECLARED_CONSTRUCTORS,
                MemberCategory.INVOKE_DECLARED_METHODS);
    }

    /** Classes that a mapper writes, and what they are made of. */
    private static final class Written {
        private final JsonMapper mapper;
        private final Set<Class<?>> types = new LinkedHashSet<>();
        private final Set<Class<?>> mixins = new LinkedHashSet<>();

        Written(JsonMapper mapper) {
            this.mapper = mapper;
        }

        void add(String name, ClassLoader loader) {
            try {
                add(Class.forName(name, false, loader));
            } catch (ClassNotFoundException | LinkageError e) {
                // Of a part of Spring that the application has not.
            }
        }

        private void add(@Nullable Class<?> type) {
            if (type == null || type == Object.class || type.isPrimitive() || !types.add(type)) {
                return;
            }
            Class<?> mixin = mapper.serializationConfig().findMixInClassFor(type);
            if (mixin != null) {
                mixins.add(mixin);
            }
            if (type.getName().startsWith("java.")) {
                return;
            }
            add(type.getSuperclass());
            add(type.getComponentType());
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers())) {
                    addAll(ResolvableType.forField(field));
                }
            }
        }

        private void addAll(ResolvableType type) {
            Class<?> raw = type.resolve();
            if (raw != null && raw.getName().startsWith("org.springframework.")) {
                add(raw);
            }
            for (ResolvableType argument : type.getGenerics()) {
                addAll(argument);
            }
        }

        void register(ReflectionHints reflection) {
            types.forEach(type -> SpringSessionHints.register(type, reflection));
            mixins.forEach(type -> SpringSessionHints.register(type, reflection));
            // Readers, writers and converters that annotations name.
            new BindingReflectionHintsRegistrar().registerReflectionHints(reflection, mixins.toArray(new Class<?>[0]));
        }
    }
}
