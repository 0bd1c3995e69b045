// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.oidc.shop;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** Says in headers what a request asked of the store, up to when its head is sent; and, in all, how often it was asked. */
@Singleton
public class Cost implements SessionObserver {
    /** Before the filter that reads sessions. */
    private static final int FIRST = 1_000;

    private final AtomicInteger operations = new AtomicInteger();

    /** For Quarkus. */
    public Cost() {}

    void register(@Observes Filters filters) {
        filters.register(this::begin, FIRST);
    }

    private void begin(RoutingContext routing) {
        if (routing.normalizedPath().equals("/operations")) {
            routing.end(String.valueOf(operations.get()));
            return;
        }
        Bill bill = new Bill(routing.response().headers(), new ArrayList<>());
        bill.write();
        Vertx.currentContext().putLocal(Bill.class, bill);
        routing.next();
    }

    @Override
    public void operation(StoreOperation operation) {
        operations.incrementAndGet();
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
                    "X-Cost",
                    operations.stream()
                            .map(operation -> operation.kind().name().toLowerCase(Locale.ROOT) + " "
                                    + operation.readUnits() + "+" + operation.writeUnits())
                            .collect(Collectors.joining(", ")));
        }
    }
}
