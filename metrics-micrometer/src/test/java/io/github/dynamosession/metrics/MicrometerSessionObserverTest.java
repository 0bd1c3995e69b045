// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.TamperedValueException;
import io.github.dynamosession.spi.UnreadableValueException;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Micrometer's meters")
class MicrometerSessionObserverTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MicrometerSessionObserver observer = new MicrometerSessionObserver(registry);

    @Test
    @DisplayName("say how often the store did what, how long it took and what it cost")
    void operations() {
        observer.operation(operation(StoreOperation.Kind.CHANGE_KEY, Duration.ofMillis(7), 2, 0.5, 4));
        observer.operation(operation(StoreOperation.Kind.CHANGE_KEY, Duration.ofMillis(5), 3, 1, 5));
        observer.operation(operation(StoreOperation.Kind.FIND, Duration.ofMillis(1), 1, 1, 0));

        assertThat(registry.get("dynamosession.operations")
                        .tags("operation", "change_key", "result", "moved")
                        .timer())
                .satisfies(timer -> assertThat(timer.count()).isEqualTo(2))
                .satisfies(timer ->
                        assertThat(timer.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(12));
        assertThat(changes("dynamosession.round.trips")).isEqualTo(5);
        assertThat(changes("dynamosession.read.units")).isEqualTo(1.5);
        assertThat(changes("dynamosession.write.units")).isEqualTo(9);
    }

    private static StoreOperation operation(
            StoreOperation.Kind kind, Duration latency, int roundTrips, double reads, double writes) {
        return new StoreOperation(kind, StoreOperation.Result.MOVED, latency, roundTrips, reads, writes);
    }

    private double changes(String name) {
        return registry.get(name).tag("operation", "change_key").counter().count();
    }

    @Test
    @DisplayName("count attributes that cannot be read, those that were tampered with in addition, and dropped changes")
    void attributes() {
        observer.unreadableAttribute(new UnreadableValueException("damaged", null));
        observer.unreadableAttribute(new TamperedValueException("not as written", null));
        observer.lateChangeDropped();

        assertThat(registry.get("dynamosession.unreadable.attributes").counter().count())
                .isEqualTo(2);
        assertThat(registry.get("dynamosession.tampered.attributes").counter().count())
                .isEqualTo(1);
        assertThat(registry.get("dynamosession.late.changes.dropped").counter().count())
                .isEqualTo(1);
    }

    @Test
    @DisplayName("know neither ids nor values")
    void knowNoSecrets() {
        InMemorySessionStore store = new InMemorySessionStore(Clock.systemUTC(), observer);
        Session session;
        try (SessionManager sessions = SessionManager.builder(store)
                .codec(new TextCodec())
                .observer(observer)
                .build()) {
            session = sessions.newSession();
            session.set("customer", "Ada");
            sessions.save(session);
            sessions.open(session.cookieValue());
        }

        assertThat(registry.getMeters())
                .extracting(meter -> meter.getId().getName())
                .contains("dynamosession.operations");
        assertThat(registry.getMeters().stream()
                        .map(Meter::getId)
                        .map(Meter.Id::toString)
                        .collect(Collectors.joining()))
                .doesNotContain(session.id(), "customer", "Ada");
    }

    private static final class TextCodec implements SessionCodec {
        @Override
        public int format() {
            return EncodedValue.FIRST_CUSTOM;
        }

        @Override
        public byte[] encode(Object value) {
            return value.toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Object decode(byte[] bytes, Type type) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
