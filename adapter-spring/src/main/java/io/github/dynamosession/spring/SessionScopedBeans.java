// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.spi.InjectedFields;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;
import java.lang.annotation.Annotation;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.SessionScope;

/**
 * Beans of the session, stored as data: without what Spring puts into them and around them.
 *
 * <p>Fields that Spring injects are not stored. Once in a request that uses the bean they are filled again, and the
 * bean gets its proxy again, if aspects made one. Spring's callbacks for the end of a session are not stored
 * either: the node that ends a session destroys its beans.
 */
final class SessionScopedBeans extends SessionScope implements InjectedFields, HttpSessionListener {
    private static final Set<String> INJECTED = Set.of(
            "org.springframework.beans.factory.annotation.Autowired",
            "org.springframework.beans.factory.annotation.Value",
            "jakarta.inject.Inject",
            "jakarta.annotation.Resource");

    private final ConfigurableListableBeanFactory beans;
    private final Set<Class<?>> types = ConcurrentHashMap.newKeySet();
    private volatile boolean definitionsRead;

    SessionScopedBeans(ConfigurableListableBeanFactory beans) {
        this.beans = beans;
    }

    /** A bean in a request: the object that the session holds, and that object as others see it. */
    private record InRequest(Object target, Object bean) {}

    @Override
    @SuppressWarnings("deprecation") // initializeBean would call @PostConstruct again
    public Object get(String name, ObjectFactory<?> factory) {
        RequestAttributes attributes = RequestContextHolder.currentRequestAttributes();
        synchronized (attributes.getSessionMutex()) {
            String inRequest = SessionScopedBeans.class.getName() + "." + name;
            Object target = attributes.getAttribute(name, RequestAttributes.SCOPE_SESSION);
            Object known = attributes.getAttribute(inRequest, RequestAttributes.SCOPE_REQUEST);
            if (known instanceof InRequest present && present.target() == target) {
                return present.bean();
            }
            Object bean;
            if (target == null) {
                bean = factory.getObject();
                target = target(bean);
                types.add(target.getClass());
                store(name, target, attributes);
            } else {
                types.add(target.getClass());
                beans.autowireBean(target);
                bean = beans.applyBeanPostProcessorsAfterInitialization(target, name);
            }
            attributes.setAttribute(inRequest, new InRequest(target, bean), RequestAttributes.SCOPE_REQUEST);
            return bean;
        }
    }

    private static Object target(Object bean) {
        Object target = AopProxyUtils.getSingletonTarget(bean);
        return target == null ? bean : target;
    }

    private static void store(String name, Object target, RequestAttributes attributes) {
        try {
            attributes.setAttribute(name, target, RequestAttributes.SCOPE_SESSION);
        } catch (IllegalArgumentException e) {
            throw new BeanCreationException(
                    name,
                    "a bean of the session is stored as data. Its class has to be in dynamosession.allowed-types and"
                            + " needs a constructor without parameters; let Spring inject into fields (@Autowired,"
                            + " @Inject, @Value, @Resource), which are not stored and filled again after reading: "
                            + e.getMessage(),
                    e);
        }
    }

    @Override
    public void registerDestructionCallback(String name, Runnable callback) {
        // It refers to the application context. See sessionDestroyed.
    }

    @Override
    public void sessionDestroyed(HttpSessionEvent event) {
        HttpSession session = event.getSession();
        for (String name : Collections.list(session.getAttributeNames())) {
            if (isSessionScoped(name)) {
                Object target = session.getAttribute(name);
                if (target != null) {
                    beans.autowireBean(target);
                    beans.destroyBean(name, target);
                }
            }
        }
    }

    private boolean isSessionScoped(String name) {
        return beans.containsBeanDefinition(name)
                && WebApplicationContext.SCOPE_SESSION.equals(
                        beans.getMergedBeanDefinition(name).getScope());
    }

    @Override
    public boolean contains(Field field) {
        return isInjected(field)
                && types().stream().anyMatch(type -> field.getDeclaringClass().isAssignableFrom(type));
    }

    private static boolean isInjected(Field field) {
        return Arrays.stream(field.getDeclaredAnnotations()).anyMatch(SessionScopedBeans::isInjection);
    }

    private static boolean isInjection(Annotation annotation) {
        return INJECTED.contains(annotation.annotationType().getName());
    }

    private Set<Class<?>> types() {
        if (!definitionsRead) {
            for (String name : beans.getBeanDefinitionNames()) {
                @Nullable Class<?> type = isSessionScoped(name) ? beans.getType(name, false) : null;
                if (type != null) {
                    types.add(type);
                }
            }
            definitionsRead = true;
        }
        return types;
    }
}
