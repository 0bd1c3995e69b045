// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Says in headers which node answered and what the request cost. Outside the session filter, whose save
 * is done when the chain returns; the answers are small enough to be still in the buffer then.
 */
final class CostFilter extends HttpFilter {
    private static final long serialVersionUID = 1L;
    private static final int BUFFER = 64 * 1024;

    private static final ThreadLocal<Bill> BILL = ThreadLocal.withInitial(Bill::new);

    private final String node;

    CostFilter(String node) {
        this.node = node;
    }

    /** Books each operation in the thread that runs it: the store blocks, so it is the request's. */
    static SessionObserver observer() {
        return new SessionObserver() {
            @Override
            public void operation(StoreOperation operation) {
                BILL.get().add(operation);
            }
        };
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        BILL.remove();
        response.setBufferSize(BUFFER);
        response.setHeader("X-Demo-Node", node);
        try {
            chain.doFilter(request, response);
        } finally {
            if (!response.isCommitted()) {
                BILL.get().write(response::setHeader);
            }
            BILL.remove();
        }
    }
}
