// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.codec.internal.ListedClasses;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotContribution;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * Has a native image keep the application's classes whose objects are stored: those in
 * {@code dynamosession.allowed-types}, as the settings have them when the image is built, and beans of the session.
 * Packages ({@code com.shop.*}) name no class, so that those have to be listed.
 */
final class SessionTypesAotProcessor implements BeanFactoryInitializationAotProcessor {
    private static final String SCOPED_TARGET = "scopedTarget.";

    @Override
    public @Nullable BeanFactoryInitializationAotContribution processAheadOfTime(
            ConfigurableListableBeanFactory beans) {
        if (!beans.containsBean(ConfigurableApplicationContext.ENVIRONMENT_BEAN_NAME)) {
            return null;
        }
        Set<Class<?>> types = new LinkedHashSet<>();
        ClassLoader loader = beans.getBeanClassLoader();
        Environment environment =
                beans.getBean(ConfigurableApplicationContext.ENVIRONMENT_BEAN_NAME, Environment.class);
        for (String name : Binder.get(environment)
                .bind("dynamosession.allowed-types", String[].class)
                .orElse(new String[0])) {
            if (!name.endsWith(".*")) {
                types.addAll(ListedClasses.with(ClassUtils.resolveClassName(name, loader)));
            }
        }
        for (String name : beans.getBeanDefinitionNames()) {
            Class<?> type = name.startsWith(SCOPED_TARGET) ? beans.getType(name, false) : null;
            if (type != null
                    && "session".equals(beans.getMergedBeanDefinition(name).getScope())) {
                types.add(ClassUtils.getUserClass(type));
            }
        }
        return types.isEmpty()
                ? null
                : (context, code) -> types.forEach(type -> SpringSessionHints.register(
                        type, context.getRuntimeHints().reflection()));
    }
}
