// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.TypeRef;
import io.github.dynamosession.it.codec.HashOrders.Basket;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.UnstorableValueException;
import io.github.dynamosession.testkit.MovableClock;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Reading writes nothing, in whatever order another JVM stored sets and maps")
class ReadingWritesNothingTest {
    private static final int REQUESTS = 1_000;
    private static final int REQUESTS_TO_DYNAMODB = 20;

    private static final TypeRef<Map<String, Long>> MAP = new TypeRef<>() {};
    private static final TypeRef<Set<String>> SET = new TypeRef<>() {};
    private static final MovableClock CLOCK = new MovableClock();

    private static Map<Subject, Map<String, EncodedValue>> elsewhere = Map.of();

    @BeforeAll
    static void encodeElsewhere() throws Exception {
        elsewhere = HashOrders.encodedElsewhere();
    }

    static List<Way> ways() {
        return Way.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ways")
    @DisplayName("over 1,000 requests that read all values")
    void inMemory(Way way) {
        List<StoreOperation.Kind> operations = new ArrayList<>();
        InMemorySessionStore store = new InMemorySessionStore(CLOCK, new SessionObserver() {
            @Override
            public void operation(StoreOperation operation) {
                operations.add(operation.kind());
            }
        });
        Map<String, Object> values = HashOrders.values();
        SessionManager.Builder writing = SessionManager.builder(store).clock(CLOCK);
        configureAsElsewhere(way, writing, values);
        String cookie;
        try (SessionManager writer = writing.build()) {
            cookie = write(writer, values);
        }
        operations.clear();
        SessionManager.Builder reading = SessionManager.builder(store).clock(CLOCK);
        way.configure(reading);
        try (SessionManager reader = reading.build()) {
            for (int i = 0; i < REQUESTS; i++) {
                read(reader, reader.open(cookie).orElseThrow(), values);
            }
            assertThat(operations).hasSize(REQUESTS).containsOnly(StoreOperation.Kind.FIND);

            Session session = reader.open(cookie).orElseThrow();
            session.get("basket", Basket.class)
                    .orElseThrow()
                    .lines
                    .get(1)
                    .options
                    .put("gift", "yes");
            assertThat(reader.save(session)).as("what did change").isEqualTo(SaveOutcome.SAVED);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ways")
    @DisplayName("nor to DynamoDB: a read unit or more each, and no write unit")
    void dynamoDb(Way way) {
        String namespace = Node.newNamespace();
        Map<String, Object> values = HashOrders.values();
        try (Node writer = new Node("writer", namespace, node -> configureAsElsewhere(way, node, values));
                Node reader = new Node("reader", namespace, way::configure)) {
            String cookie = write(writer.manager(), values);
            var before = Node.stored(namespace);
            for (int i = 0; i < REQUESTS_TO_DYNAMODB; i++) {
                read(reader.manager(), reader.open(cookie), values);
            }
            reader.assertOnlyRead(REQUESTS_TO_DYNAMODB);
            assertThat(reader.unreadable).isEmpty();
            assertThat(Node.stored(namespace)).isEqualTo(before);
        }
    }

    /** So that it writes what the other JVM made of the values, which this one would write in another order. */
    private static void configureAsElsewhere(Way way, SessionManager.Builder node, Map<String, Object> values) {
        Map<Object, EncodedValue> encodings = new IdentityHashMap<>();
        values.forEach((name, value) ->
                encodings.put(value, elsewhere.get(way.subject()).get(name)));
        way.configure(node, codec -> new Elsewhere(codec, encodings));
    }

    private static String write(SessionManager manager, Map<String, Object> values) {
        Session session = manager.newSession();
        values.forEach(session::set);
        assertThat(manager.save(session)).isEqualTo(SaveOutcome.SAVED);
        return session.cookieValue();
    }

    private static void read(SessionManager manager, Session session, Map<String, Object> values) {
        values.forEach((name, value) -> {
            Object seen = session.get(name).orElseThrow();
            if (!(value instanceof Basket)) {
                assertThat(seen).isEqualTo(value);
            }
        });
        assertThat((Object) session.get("map", MAP).orElseThrow()).isEqualTo(values.get("map"));
        assertThat((Object) session.get("set", SET).orElseThrow()).isEqualTo(values.get("set"));
        assertThat(manager.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
    }

    /**
     * Encodes given values as the other JVM did.
     *
     * @param encodings by value, compared by identity
     */
    private record Elsewhere(SessionCodec here, Map<Object, EncodedValue> encodings) implements SessionCodec {
        @Override
        public int format() {
            return here.format();
        }

        @Override
        public byte[] encode(Object value) {
            EncodedValue encoded = encodings.get(value);
            if (encoded.format() != format()) {
                throw new UnstorableValueException("for the other codec", null);
            }
            return encoded.bytes();
        }

        @Override
        public Object decode(byte[] bytes, Type type) {
            return here.decode(bytes, type);
        }
    }
}
