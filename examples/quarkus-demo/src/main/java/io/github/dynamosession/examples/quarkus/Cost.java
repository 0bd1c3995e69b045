// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
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
        Bill bill = new Bill(headers, new ArrayList<>());
        bill.write();
        Vertx.currentContext().putLocal(Bill.class, bill);
        routing.next();
    }

    @Override
    public void operation(StoreOperation operation) {
        Context context = Vertx.currentContext();
        Bill bill = context == null ? null : context.getLocal(Bill.class);
        if (bill != null) {
            bill.add(operation);
        }
    }

    private record Bill(MultiMap headers, List<StoreOperation> operations) {
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
