// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What the store did for the request that this thread is working on. */
final class Cost {
    private static final ThreadLocal<Cost> CURRENT = ThreadLocal.withInitial(Cost::new);

    private final List<StoreOperation> operations = new ArrayList<>();

    private Cost() {}

    /** Forgets what this thread did before. */
    static Cost begin() {
        CURRENT.remove();
        return CURRENT.get();
    }

    static void end() {
        CURRENT.remove();
    }

    /** Books each operation in the thread that ran it: the store blocks, so it is the request's. */
    static SessionObserver observer() {
        return new SessionObserver() {
            @Override
            public void operation(StoreOperation operation) {
                CURRENT.get().operations.add(operation);
            }
        };
    }

    int calls() {
        return operations.stream().mapToInt(StoreOperation::roundTrips).sum();
    }

    double readUnits() {
        return operations.stream().mapToDouble(StoreOperation::readUnits).sum();
    }

    double writeUnits() {
        return operations.stream().mapToDouble(StoreOperation::writeUnits).sum();
    }

    /** Such as {@code find,update}. */
    String what() {
        return operations.stream()
                .map(operation -> operation.kind().name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(","));
    }
}
