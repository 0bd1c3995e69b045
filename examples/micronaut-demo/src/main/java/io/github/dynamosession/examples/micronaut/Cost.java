// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.micronaut;

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
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/**
 * Says in headers which node answered and what the request cost: the first filter, so that the session
 * is saved when its response comes by. The framework takes the request along to the thread of the store.
 */
@ServerFilter("/**")
@Requires(property = "demo.node")
final class Cost implements SessionObserver, Ordered {
    private static final String OPERATIONS = "demo.operations";

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
        ServerRequestContext.currentRequest()
                .ifPresent(request -> operations(request).add(operation));
    }

    @SuppressWarnings("unchecked") // as the filter below put it
    private static List<StoreOperation> operations(HttpRequest<?> request) {
        return request.getAttribute(OPERATIONS, List.class).orElseGet(CopyOnWriteArrayList::new);
    }

    @RequestFilter
    void begin(HttpRequest<?> request) {
        request.setAttribute(OPERATIONS, new CopyOnWriteArrayList<StoreOperation>());
    }

    @ResponseFilter
    void end(HttpRequest<?> request, MutableHttpResponse<?> response) {
        List<StoreOperation> operations = operations(request);
        response.header("X-Demo-Node", node);
        response.header("Cache-Control", "no-store");
        response.header("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'");
        response.header("X-Content-Type-Options", "nosniff");
        response.header(
                "X-Demo-Calls",
                Integer.toString(
                        operations.stream().mapToInt(StoreOperation::roundTrips).sum()));
        response.header(
                "X-Demo-Read-Units",
                units(operations.stream().mapToDouble(StoreOperation::readUnits).sum()));
        response.header(
                "X-Demo-Write-Units",
                units(operations.stream()
                        .mapToDouble(StoreOperation::writeUnits)
                        .sum()));
        response.header(
                "X-Demo-Operations",
                operations.stream()
                        .map(operation -> operation.kind().name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(",")));
    }

    private static String units(double units) {
        return new DecimalFormat("0.##", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(units);
    }
}
