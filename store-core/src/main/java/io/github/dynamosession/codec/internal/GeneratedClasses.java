// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.internal;

import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Recognizes classes that frameworks make at run time: allowing them by name helps nobody. */
public final class GeneratedClasses {
    /** CGLIB and Spring, Javassist and Weld, Hibernate, Quarkus. */
    private static final Pattern PROXY =
            Pattern.compile(".*(\\$\\$.*|_\\$\\$_.*|\\$HibernateProxy(\\$.*)?|_ClientProxy|_Subclass)");

    private static final String BEHIND =
            "store the object behind it (in Spring ((Advised) proxy).getTargetSource().getTarget(); for @SessionScope beans"
                    + " with aspects such as @Transactional or @Async add dynamosession-adapter-spring, which does so;"
                    + " in Hibernate Hibernate.unproxy(entity)), or a copy that holds data only";

    private static final String DESTRUCTION =
            "Spring keeps it beside a @SessionScope bean that has a @PreDestroy method,"
                    + " is DisposableBean or AutoCloseable, or has a destroyMethod. Such a callback refers to the application"
                    + " context: add dynamosession-adapter-spring, which calls the method without it, or take the destroy"
                    + " method away (@Bean(destroyMethod = \"\") if the bean has a method close or"
                    + " shutdown that is not meant) and release in an HttpSessionListener what has to be released";

    private static final String LAMBDA = "it is generated at run time, as lambdas are: store the data that it captures";

    private GeneratedClasses() {}

    /**
     * Why a class cannot be stored, and what works in its place.
     *
     * @param type the class of an object
     * @return a clause for a message; null for ordinary classes
     */
    public static @Nullable String advice(Class<?> type) {
        String name = type.getName();
        if (name.equals("org.springframework.web.context.request.DestructionCallbackBindingListener")
                || name.equals("org.springframework.beans.factory.support.DisposableBeanAdapter")) {
            return DESTRUCTION;
        }
        if (Proxy.isProxyClass(type)) {
            return "it is a dynamic proxy: " + BEHIND;
        }
        if (type.isHidden()) {
            return LAMBDA;
        }
        if (isProxy(type)) {
            return "it is a proxy that a framework made of " + behind(type).getName() + " at run time: " + BEHIND;
        }
        return type.isSynthetic() ? LAMBDA : null;
    }

    /**
     * Whether no list of allowed classes makes a dynamic proxy storable: Spring's refer to the application context.
     *
     * @param type the class of an object
     * @return true only for dynamic proxies
     */
    public static boolean isSpringProxy(Class<?> type) {
        return Proxy.isProxyClass(type)
                && Arrays.stream(type.getInterfaces())
                        .anyMatch(each -> each.getName().equals("org.springframework.aop.SpringProxy"));
    }

    private static boolean isProxy(Class<?> type) {
        return type.getSuperclass() != null
                && !type.isEnum()
                && !type.isRecord()
                && PROXY.matcher(type.getName()).matches();
    }

    private static Class<?> behind(Class<?> proxy) {
        Class<?> type = proxy;
        while (isProxy(type) && type.getSuperclass() != Object.class) {
            type = type.getSuperclass();
        }
        if (type != Object.class && !isProxy(type)) {
            return type;
        }
        return proxy.getInterfaces().length == 0 ? Object.class : proxy.getInterfaces()[0];
    }
}
