// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.UnreadableValueException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import jakarta.inject.Singleton;
import java.util.Locale;

/** Counts what the store does, and what it costs. No meter and no tag knows an id or a value. */
@Singleton
final class SessionMetrics implements SessionObserver {
    private final MeterRegistry registry;

    SessionMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void operation(StoreOperation operation) {
        Tags kind = Tags.of("operation", lowerCase(operation.kind()));
        registry.timer("dynamosession.operations", kind.and("result", lowerCase(operation.result())))
                .record(operation.latency());
        registry.counter("dynamosession.round.trips", kind).increment(operation.roundTrips());
        registry.counter("dynamosession.read.units", kind).increment(operation.readUnits());
        registry.counter("dynamosession.write.units", kind).increment(operation.writeUnits());
    }

    @Override
    public void unreadableAttribute(UnreadableValueException reason) {
        registry.counter("dynamosession.unreadable.attributes").increment();
    }

    private static String lowerCase(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
