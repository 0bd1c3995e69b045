// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.metrics;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.TamperedValueException;
import io.github.dynamosession.spi.UnreadableValueException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;

/**
 * Counts the operations of a store and their price. No meter and no tag holds an id or a value.
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><th>name</th><th>kind</th><th>tags</th></tr>
 * <tr><td>{@code dynamosession.operations}</td><td>timer</td><td>{@code operation}, {@code result}</td></tr>
 * <tr><td>{@code dynamosession.round.trips}</td><td>counter</td><td>{@code operation}</td></tr>
 * <tr><td>{@code dynamosession.read.units}</td><td>counter</td><td>{@code operation}</td></tr>
 * <tr><td>{@code dynamosession.write.units}</td><td>counter</td><td>{@code operation}</td></tr>
 * <tr><td>{@code dynamosession.unreadable.attributes}</td><td>counter</td><td></td></tr>
 * <tr><td>{@code dynamosession.tampered.attributes}</td><td>counter</td><td></td></tr>
 * <tr><td>{@code dynamosession.late.changes.dropped}</td><td>counter</td><td></td></tr>
 * </table>
 *
 * <p>Tags are the names of {@link StoreOperation.Kind} and {@link StoreOperation.Result} in lower case. Tampered
 * attributes are counted as unreadable, too. Safe for any number of threads.
 */
public final class MicrometerSessionObserver implements SessionObserver {
    private final MeterRegistry registry;

    /**
     * An observer for {@code SessionManager.Builder.observer}.
     *
     * @param registry where the meters are registered, each when it first counts
     */
    public MicrometerSessionObserver(MeterRegistry registry) {
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
        if (reason instanceof TamperedValueException) {
            registry.counter("dynamosession.tampered.attributes").increment();
        }
    }

    @Override
    public void lateChangeDropped() {
        registry.counter("dynamosession.late.changes.dropped").increment();
    }

    @Override
    public void customAttributeLeftOut() {
        registry.counter("dynamosession.custom.attributes.left.out").increment();
    }

    private static String lowerCase(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
