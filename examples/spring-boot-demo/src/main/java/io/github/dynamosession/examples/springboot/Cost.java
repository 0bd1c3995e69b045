// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import io.github.dynamosession.examples.servlet.Bill;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
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
    private static final ThreadLocal<Bill> BILL = ThreadLocal.withInitial(Bill::new);

    private final String node;

    Cost(@Value("${demo.node:A}") String node) {
        this.node = node;
    }

    @Override
    public void operation(StoreOperation operation) {
        BILL.get().add(operation);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        BILL.remove();
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
            BILL.get().write(response::setHeader);
            BILL.remove();
            kept.copyBodyToResponse();
        }
    }
}
