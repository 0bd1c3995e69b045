// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springwebflux;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Says in headers which node answered and what the request cost. The bill goes with the request's tasks from thread to
 * thread; the last operation is booked when the session is saved, and that is before the head is sent.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class Cost implements WebFilter, SessionObserver {
    private static final ThreadLocal<@Nullable Bill> BILL = new ThreadLocal<>();

    private final String node;

    Cost(@Value("${demo.node:A}") String node) {
        this.node = node;
        Schedulers.onScheduleHook(Cost.class.getName(), task -> {
            Bill bill = BILL.get();
            return bill == null ? task : () -> with(bill, task);
        });
    }

    private static void with(Bill bill, Runnable task) {
        Bill before = BILL.get();
        BILL.set(bill);
        try {
            task.run();
        } finally {
            BILL.set(before);
        }
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        HttpHeaders headers = exchange.getResponse().getHeaders();
        headers.set("X-Demo-Node", node);
        Bill bill = new Bill(headers, new ArrayList<>());
        bill.write();
        Mono<Void> rest = chain.filter(exchange);
        return Mono.from(subscriber -> with(bill, () -> rest.subscribe(subscriber)));
    }

    @Override
    public void operation(StoreOperation operation) {
        Bill bill = BILL.get();
        if (bill != null) {
            bill.add(operation);
        }
    }

    private record Bill(HttpHeaders headers, List<StoreOperation> operations) {
        synchronized void add(StoreOperation operation) {
            operations.add(operation);
            write();
        }

        void write() {
            headers.set(
                    "X-Demo-Calls",
                    Integer.toString(operations.stream()
                            .mapToInt(StoreOperation::roundTrips)
                            .sum()));
            headers.set(
                    "X-Demo-Read-Units",
                    units(operations.stream()
                            .mapToDouble(StoreOperation::readUnits)
                            .sum()));
            headers.set(
                    "X-Demo-Write-Units",
                    units(operations.stream()
                            .mapToDouble(StoreOperation::writeUnits)
                            .sum()));
            headers.set(
                    "X-Demo-Operations",
                    operations.stream()
                            .map(operation -> operation.kind().name().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(",")));
        }

        private static String units(double units) {
            return new DecimalFormat("0.##", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(units);
        }
    }
}
