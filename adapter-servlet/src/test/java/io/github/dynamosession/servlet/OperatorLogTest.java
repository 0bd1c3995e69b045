// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ServletContext;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.helpers.NOPLogger;

@DisplayName("A line that an operator must see")
class OperatorLogTest {
    private final List<Object> logged = new ArrayList<>();
    private final ServletContext context = (ServletContext) Proxy.newProxyInstance(
            OperatorLogTest.class.getClassLoader(),
            new Class<?>[] {ServletContext.class},
            (self, called, arguments) -> {
                logged.add(called.getName() + " " + arguments[0]);
                return null;
            });

    private void warn(Logger log) {
        OperatorLog.warn(log, context, "{} of {}", 1, null);
    }

    @Test
    @DisplayName("is in the container's log if the application has no provider for slf4j, and only then")
    void withoutProvider() {
        warn((Logger) Proxy.newProxyInstance(
                OperatorLogTest.class.getClassLoader(),
                new Class<?>[] {Logger.class},
                (self, called, arguments) -> null));
        assertThat(logged).isEmpty();
        warn(NOPLogger.NOP_LOGGER);
        assertThat(logged).containsExactly("log WARN DynamoSession: 1 of null");
    }
}
