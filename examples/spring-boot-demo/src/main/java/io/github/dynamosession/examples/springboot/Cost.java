// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.ContentCachingResponseWrapper;

/**
 * Says in headers which node answered and what the request cost. Outside the session filter, whose save is done when the
 * chain returns. The store blocks, so its operations run in the request's thread.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class Cost extends OncePerRequestFilter implements SessionObserver {
    private static final ThreadLocal<List<StoreOperation>> OPERATIONS = ThreadLocal.withInitial(ArrayList::new);

    private final String node;

    Cost(@Value("${demo.node:A}") String node) {
        this.node = node;
    }

    @Override
    public void operation(StoreOperation operation) {
        OPERATIONS.get().add(operation);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        OPERATIONS.remove();
        response.setHeader("X-Demo-Node", node);
        if (request.getRequestURI().equals("/")) {
            // The page is forwarded to, after which Tomcat takes nothing more; it never asks for the session.
            chain.doFilter(request, response);
            return;
        }
        // Spring MVC flushes each body, and the headers are to follow what that has saved.
        ContentCachingResponseWrapper kept = new ContentCachingResponseWrapper(response);
        try {
            chain.doFilter(request, kept);
        } finally {
            headers(OPERATIONS.get(), response);
            OPERATIONS.remove();
            kept.copyBodyToResponse();
        }
    }

    private static void headers(List<StoreOperation> operations, HttpServletResponse response) {
        response.setHeader(
                "X-Demo-Calls",
                Integer.toString(
                        operations.stream().mapToInt(StoreOperation::roundTrips).sum()));
        response.setHeader(
                "X-Demo-Read-Units",
                units(operations.stream().mapToDouble(StoreOperation::readUnits).sum()));
        response.setHeader(
                "X-Demo-Write-Units",
                units(operations.stream()
                        .mapToDouble(StoreOperation::writeUnits)
                        .sum()));
        response.setHeader(
                "X-Demo-Operations",
                operations.stream()
                        .map(operation -> operation.kind().name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(",")));
    }

    private static String units(double units) {
        return new DecimalFormat("0.##", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(units);
    }
}
