// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.security.Principal;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Logins that the container does itself: chapters 13.3 and 13.6 of the specification.
 *
 * <p>The container remembers them in a session of its own, under a cookie of its own, which this filter
 * neither sees nor may take over: so the two need different cookies. And it gives a new id to its own
 * session only, so the filter has to find out by itself that somebody has logged in.
 */
final class ContainerLogin {
    /** What sets our cookie apart from the container's, where nobody has said its name. */
    private static final String SUFFIX = "_APP";

    /** What embedded Tomcat puts where no method is configured. */
    private static final String NO_METHOD = "NONE";

    /** The last object may have a context that leads back to itself: GlassFish's has. */
    static final int MOST_FACADES = 4;

    private ContainerLogin() {}

    /** Whether the application has a {@code login-config}; no where a container does not let us know. */
    static boolean isConfigured(ServletContext context) {
        try {
            return method(context)
                    .filter(method -> !method.equalsIgnoreCase(NO_METHOD))
                    .isPresent();
        } catch (ReflectiveOperationException | RuntimeException e) {
            return false;
        }
    }

    static String ownName(String containersName) {
        return containersName + SUFFIX;
    }

    private static Optional<String> method(ServletContext context) throws ReflectiveOperationException {
        String container = context.getClass().getName();
        Object method = null;
        if (container.startsWith("org.apache.catalina.")) {
            method = call(tomcat(context, "getLoginConfig"), "getAuthMethod");
        } else if (container.startsWith("org.eclipse.jetty.")) {
            Object security = call(call(context, "getContextHandler"), "getSecurityHandler");
            Object authenticator = call(security, "getAuthenticator");
            method = authenticator == null
                    ? call(security, "getAuthenticationType")
                    : call(authenticator, "getAuthenticationType");
        } else if (container.startsWith("io.undertow.")) {
            Object login = call(call(call(context, "getDeployment"), "getDeploymentInfo"), "getLoginConfig");
            Object methods = call(login, "getAuthMethods");
            method = methods == null || methods.equals(List.of()) ? null : methods.toString();
        } else if (container.startsWith("com.ibm.")) {
            Object security = call(
                    call(behindFacades(context, "getModuleMetaData"), "getSecurityMetaData"), "getLoginConfiguration");
            boolean said = security != null && !Boolean.TRUE.equals(call(security, "isAuthenticationMethodDefaulted"));
            method = said ? call(security, "getAuthenticationMethod") : null;
        }
        return Optional.ofNullable(method).map(Object::toString).filter(text -> !text.isBlank());
    }

    /** What Tomcat's context, behind its facades, answers; null in another container. */
    static @Nullable Object tomcat(ServletContext context, String method) throws ReflectiveOperationException {
        return context.getClass().getName().startsWith("org.apache.catalina.") ? behindFacades(context, method) : null;
    }

    /** Asks the first of the objects, each the {@code context} of the one before, that knows the answer. */
    static @Nullable Object behindFacades(Object context, String method) throws ReflectiveOperationException {
        Object found = context;
        for (int i = 0; i < MOST_FACADES && found != null; i++) {
            if (has(found, method)) {
                return call(found, method);
            }
            found = field(found, "context");
        }
        return null;
    }

    private static boolean has(Object target, String method) {
        return Arrays.stream(target.getClass().getMethods())
                .anyMatch(one -> one.getName().equals(method) && one.getParameterCount() == 0);
    }

    private static @Nullable Object call(@Nullable Object target, String name) throws ReflectiveOperationException {
        if (target == null) {
            return null;
        }
        Method method = target.getClass().getMethod(name);
        method.setAccessible(true);
        try {
            return method.invoke(target);
        } catch (InvocationTargetException e) {
            return null;
        }
    }

    private static @Nullable Object field(Object target, String name) throws IllegalAccessException {
        for (Class<?> type = target.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (field.getName().equals(name)) {
                    field.setAccessible(true);
                    return field.get(target);
                }
            }
        }
        return null;
    }

    /** Whoever the container says is logged in; empty if it says that nobody is. */
    static Optional<String> principal(HttpServletRequest request) {
        return Optional.ofNullable(request.getUserPrincipal()).map(Principal::getName);
    }
}
