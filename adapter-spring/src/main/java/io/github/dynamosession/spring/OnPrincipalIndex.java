// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.SessionManager;
import java.util.Arrays;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Whether sessions can be found by their user: {@code dynamosession.indexes} names {@code principal}. */
final class OnPrincipalIndex implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
        return Binder.get(context.getEnvironment())
                .bind("dynamosession.indexes", String[].class)
                .map(indexes -> Arrays.stream(indexes)
                        .map(index -> index.split(":", 2)[0].strip())
                        .anyMatch(SessionManager.PRINCIPAL::equals))
                .orElse(false);
    }
}
