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
        }
        return Optional.ofNullable(method).map(Object::toString).filter(text -> !text.isBlank());
    }

    /** What Tomcat's context, behind its facades, answers; null in another container. */
    static @Nullable Object tomcat(ServletContext context, String method) throws ReflectiveOperationException {
        if (!context.getClass().getName().startsWith("org.apache.catalina.")) {
            return null;
        }
        Object found = context;
        while (found != null && !has(found, method)) {
            found = field(found, "context");
        }
        return call(found, method);
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

    private static @Nullable Object field(Object target, String name) throws ReflectiveOperationException {
        Field field = target.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(target);
    }

    /** Whoever the container says is logged in; empty if it says that nobody is. */
    static Optional<String> principal(HttpServletRequest request) {
        return Optional.ofNullable(request.getUserPrincipal()).map(Principal::getName);
    }
}
