// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springwebflux;

import io.github.dynamosession.examples.servlet.Bill;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
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
    private static final ThreadLocal<@Nullable Booking> BOOKING = new ThreadLocal<>();

    private final String node;

    Cost(@Value("${demo.node:A}") String node) {
        this.node = node;
        Schedulers.onScheduleHook(Cost.class.getName(), task -> {
            Booking booking = BOOKING.get();
            return booking == null ? task : () -> with(booking, task);
        });
    }

    private static void with(Booking booking, Runnable task) {
        Booking before = BOOKING.get();
        BOOKING.set(booking);
        try {
            task.run();
        } finally {
            BOOKING.set(before);
        }
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        HttpHeaders headers = exchange.getResponse().getHeaders();
        headers.set("X-Demo-Node", node);
        Booking booking = new Booking(headers, new Bill());
        booking.write();
        Mono<Void> rest = chain.filter(exchange);
        return Mono.from(subscriber -> with(booking, () -> rest.subscribe(subscriber)));
    }

    @Override
    public void operation(StoreOperation operation) {
        Booking booking = BOOKING.get();
        if (booking != null) {
            booking.bill().add(operation);
            booking.write();
        }
    }

    private record Booking(HttpHeaders headers, Bill bill) {
        void write() {
            bill.write(headers::set);
        }
    }
}
