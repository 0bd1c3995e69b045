// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Where a server goes on although the initializer failed")
class FailedStartTest {
    private static <T> T fake(Class<T> type, InvocationHandler answers) {
        return type.cast(Proxy.newProxyInstance(
                FailedStartTest.class.getClassLoader(), new Class<?>[] {type}, (self, called, arguments) -> {
                    Object answer = answers.invoke(self, called, arguments);
                    return answer == null && called.getReturnType() == int.class ? (Object) 0 : answer;
                }));
    }

    @Test
    @DisplayName("every request is refused, and none finds sessions of the server")
    void refused() throws Exception {
        Map<String, String> parameters =
                Map.of("dynamosession.table-name", "sessions", "dynamosession.idle-timeout", "soon");
        List<Filter> filters = new ArrayList<>();
        List<Object> mapped = new ArrayList<>();
        FilterRegistration.Dynamic registration = fake(FilterRegistration.Dynamic.class, (self, called, arguments) -> {
            if (called.getName().equals("addMappingForUrlPatterns")) {
                mapped.add(arguments[1]);
                mapped.addAll(List.of((String[]) arguments[2]));
            }
            return null;
        });
        ServletContext context = fake(ServletContext.class, (self, called, arguments) -> switch (called.getName()) {
            case "getInitParameterNames" -> Collections.enumeration(parameters.keySet());
            case "getInitParameter" -> parameters.get((String) arguments[0]);
            case "addFilter" -> {
                filters.add((Filter) arguments[1]);
                yield registration;
            }
            default -> null;
        });

        assertThatThrownBy(() -> new DynamoSessionInitializer().onStartup(null, context))
                .isInstanceOf(ServletException.class)
                .hasMessageContaining("dynamosession.idle-timeout");

        assertThat(filters).hasSize(1);
        assertThat(mapped).as("before all others").containsExactly(false, "/*");
        List<Object> statuses = new ArrayList<>();
        HttpServletResponse response = fake(HttpServletResponse.class, (self, called, arguments) -> {
            if (called.getName().equals("sendError")) {
                statuses.add(arguments[0]);
            }
            return null;
        });
        filters.get(0).doFilter(fake(ServletRequest.class, (self, called, arguments) -> null), response, (in, out) -> {
            throw new AssertionError("the application is reached");
        });
        assertThat(statuses).containsExactly(503);
    }
}
