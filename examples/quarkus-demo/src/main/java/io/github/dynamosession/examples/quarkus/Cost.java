// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.github.dynamosession.examples.servlet.Bill;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Says in headers which node answered and what the request cost. The context of the request, which goes
 * with it from thread to thread, tells whose operation one is; the last is booked when the session is
 * saved, and that is before the head is sent.
 */
@Singleton
public class Cost implements SessionObserver {
    /** Before the filter that reads sessions. */
    private static final int FIRST = 1_000;

    private final String node;

    Cost(@ConfigProperty(name = "demo.node", defaultValue = "A") String node) {
        this.node = node;
    }

    void register(@Observes Filters filters) {
        filters.register(this::begin, FIRST);
    }

    private void begin(RoutingContext routing) {
        MultiMap headers = routing.response().headers();
        headers.set("X-Demo-Node", node);
        Booking booking = new Booking(headers, new Bill());
        booking.write();
        Vertx.currentContext().putLocal(Booking.class, booking);
        routing.next();
    }

    @Override
    public void operation(StoreOperation operation) {
        Context context = Vertx.currentContext();
        Booking booking = context == null ? null : context.getLocal(Booking.class);
        if (booking != null) {
            booking.bill().add(operation);
            booking.write();
        }
    }

    private record Booking(MultiMap headers, Bill bill) {
        void write() {
            bill.write(headers::set);
        }
    }
}
