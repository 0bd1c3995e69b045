// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.micronaut;

import io.github.dynamosession.examples.servlet.Bill;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.annotation.Value;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.context.ServerRequestContext;
import io.micronaut.http.filter.ServerFilterPhase;

/**
 * Says in headers which node answered and what the request cost: the first filter, so that the session
 * is saved when its response comes by. The framework takes the request along to the thread of the store.
 */
@ServerFilter("/**")
@Requires(property = "demo.node")
final class Cost implements SessionObserver, Ordered {
    private static final String BILL = "demo.bill";

    private final String node;

    Cost(@Value("${demo.node}") String node) {
        this.node = node;
    }

    @Override
    public int getOrder() {
        return ServerFilterPhase.FIRST.order();
    }

    @Override
    public void operation(StoreOperation operation) {
        ServerRequestContext.currentRequest().ifPresent(request -> bill(request).add(operation));
    }

    private static Bill bill(HttpRequest<?> request) {
        return request.getAttribute(BILL, Bill.class).orElseGet(Bill::new);
    }

    @RequestFilter
    void begin(HttpRequest<?> request) {
        request.setAttribute(BILL, new Bill());
    }

    @ResponseFilter
    void end(HttpRequest<?> request, MutableHttpResponse<?> response) {
        response.header("X-Demo-Node", node);
        response.header("Cache-Control", "no-store");
        response.header("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'");
        response.header("X-Content-Type-Options", "nosniff");
        bill(request).write(response::header);
    }
}
