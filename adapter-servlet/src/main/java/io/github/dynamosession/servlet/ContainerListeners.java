// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRequestListener;
import jakarta.servlet.http.HttpSessionAttributeListener;
import jakarta.servlet.http.HttpSessionIdListener;
import jakarta.servlet.http.HttpSessionListener;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners that the container knows: those of {@code web.xml} and fragments, of {@code @WebListener},
 * {@code addListener} and container initializers; chapter 11.3 of the specification, "Listener Registration".
 *
 * <p>The specification has no way to ask for them. Tomcat, GlassFish, Jetty, Undertow and Open Liberty are asked by
 * reflection, so that this module depends on none of them; by what their objects can do rather than by class names, so
 * that what embeds or extends them is known, too. Read at each event: a listener may be added until the
 * application has started, which is after the filter has.
 */
final class ContainerListeners {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoSessionFilter.class);

    /** Whose listeners are not the application's: they keep what is theirs in the container's own sessions. */
    private static final List<String> SERVERS = List.of(
            "org.apache.catalina.",
            "org.apache.tomcat.",
            "org.apache.openejb.",
            "org.apache.tomee.",
            "org.apache.webbeans.",
            "org.eclipse.jetty.",
            "io.undertow.",
            "org.wildfly.",
            "org.jboss.as.",
            "org.jboss.weld.",
            "com.ibm.ws.",
            "io.openliberty.",
            "com.sun.enterprise.",
            "org.glassfish.",
            "fish.payara.");

    /** No container. */
    static final ContainerListeners NONE = new ContainerListeners(null, null);

    private final @Nullable Source source;
    private final @Nullable ServletContext context;
    private final AtomicBoolean failed = new AtomicBoolean();

    /** Where one container keeps its listeners. */
    private interface Source {
        Collection<?> listeners(Class<?> kind) throws ReflectiveOperationException;
    }

    private ContainerListeners(@Nullable Source source, @Nullable ServletContext context) {
        this.source = source;
        this.context = context;
    }

    static ContainerListeners of(ServletContext context) {
        Source found = null;
        Exception cause = null;
        try {
            found = find(context);
        } catch (ReflectiveOperationException | RuntimeException e) {
            cause = e;
        }
        ContainerListeners listeners = new ContainerListeners(found, context);
        if (found == null) {
            listeners.warn(cause);
        }
        return listeners;
    }

    /** The listeners of a kind, in the container's order; an instance may be there twice. */
    <T> List<T> of(Class<T> kind) {
        Source asked = source;
        if (asked == null) {
            return List.of();
        }
        try {
            List<T> listeners = new ArrayList<>();
            for (Object listener : asked.listeners(kind)) {
                if (kind.isInstance(listener) && (kind == ServletRequestListener.class || isOfApplication(listener))) {
                    listeners.add(kind.cast(listener));
                }
            }
            return listeners;
        } catch (ReflectiveOperationException | RuntimeException e) {
            warn(e);
            return List.of();
        }
    }

    /** Whether a server, or a CDI container, has not put it there for its own sessions. */
    private static boolean isOfApplication(Object listener) {
        String name = listener.getClass().getName();
        return SERVERS.stream().noneMatch(name::startsWith);
    }

    private void warn(@Nullable Exception cause) {
        ServletContext known = context;
        if (known != null && !failed.getAndSet(true)) {
            OperatorLog.warn(
                    LOG,
                    known,
                    "Session listeners that are declared to this container ({}) cannot be found and are not told of"
                            + " sessions: register them with DynamoSessionFilter.builder(manager).listener(...)",
                    known.getClass().getName(),
                    cause);
        }
    }

    private static @Nullable Source find(ServletContext context) throws ReflectiveOperationException {
        if (has(context, "getDeployment")) {
            return undertow(context);
        }
        if (has(context, "getContextHandler")) {
            return jetty(context);
        }
        return behindFacades(context);
    }

    private static Source undertow(ServletContext context) throws ReflectiveOperationException {
        Object listeners = call(call(context, "getDeployment"), "getApplicationListeners");
        Field all = required(listeners, "allListeners");
        return kind -> {
            List<Object> instances = new ArrayList<>();
            for (Object managed : (Collection<?>) all.get(listeners)) {
                if (call(managed, "isStarted").equals(true)) {
                    instances.add(call(managed, "instance"));
                }
            }
            return instances;
        };
    }

    private static Source jetty(ServletContext context) throws ReflectiveOperationException {
        Object handler = call(context, "getContextHandler");
        // The session handler knows those of the context as well; an application without one has no sessions.
        Object sessions = method(handler, "getSessionHandler").invoke(handler);
        Object keeper = sessions == null ? handler : sessions;
        Method get = method(keeper, "getEventListeners");
        return kind ->
                (Collection<?>) get.invoke(ServletRequestListener.class.isAssignableFrom(kind) ? handler : keeper);
    }

    /** Open Liberty has a list for each kind. */
    private static Source liberty(Object application, Field sessions) throws ReflectiveOperationException {
        Field ids = required(application, "sessionIdListeners");
        Field attributes = required(application, "sessionAttrListeners");
        Field requests = required(application, "servletRequestListeners");
        return kind -> {
            Field list = kind == HttpSessionListener.class
                    ? sessions
                    : kind == HttpSessionIdListener.class
                            ? ids
                            : kind == HttpSessionAttributeListener.class ? attributes : requests;
            return all(list.get(application));
        };
    }

    private static @Nullable Source behindFacades(ServletContext context) throws ReflectiveOperationException {
        Object current = context;
        for (int i = 0; i < ContainerLogin.MOST_FACADES && current != null; i++) {
            if (has(current, "getApplicationEventListeners")) {
                Object standardContext = current;
                boolean tomcat = has(current, "getApplicationLifecycleListeners"); // GlassFish and Payara differ
                Method lifeCycle = method(current, tomcat ? "getApplicationLifecycleListeners" : "getSessionListeners");
                Method events = method(current, "getApplicationEventListeners");
                // A listener of several kinds is in both lists: each has its own kinds in the order of declaration.
                return kind -> all((kind == HttpSessionListener.class ? lifeCycle : events).invoke(standardContext));
            }
            Field sessions = field(current, "sessionListeners");
            if (sessions != null && Collection.class.isAssignableFrom(sessions.getType())) {
                return liberty(current, sessions);
            }
            Field inner = field(current, "context");
            current = inner == null ? null : inner.get(current);
        }
        return null;
    }

    private static Collection<?> all(@Nullable Object listeners) {
        if (listeners == null) {
            return List.of();
        }
        return listeners instanceof Collection<?> collection ? collection : Arrays.asList((Object[]) listeners);
    }

    static boolean has(Object target, String method) {
        return Arrays.stream(target.getClass().getMethods())
                .anyMatch(one -> one.getName().equals(method) && one.getParameterCount() == 0);
    }

    static Object call(Object target, String method) throws ReflectiveOperationException {
        Object result = method(target, method).invoke(target);
        if (result == null) {
            throw new NoSuchMethodException(method + " answers null");
        }
        return result;
    }

    private static Method method(Object target, String name) throws ReflectiveOperationException {
        Method method = target.getClass().getMethod(name);
        open(method);
        return method;
    }

    private static Field required(Object target, String name) throws ReflectiveOperationException {
        Field field = field(target, name);
        if (field == null) {
            throw new NoSuchFieldException(name);
        }
        return field;
    }

    private static @Nullable Field field(Object target, String name) throws ReflectiveOperationException {
        for (Class<?> type = target.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (field.getName().equals(name)) {
                    open(field);
                    return field;
                }
            }
        }
        return null;
    }

    private static void open(AccessibleObject member) throws IllegalAccessException {
        if (!member.trySetAccessible()) {
            throw new IllegalAccessException("the container's module does not open " + member);
        }
    }
}
