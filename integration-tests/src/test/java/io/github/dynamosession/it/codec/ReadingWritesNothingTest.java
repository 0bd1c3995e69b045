// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.TypeRef;
import io.github.dynamosession.codec.EncryptionKey;
import io.github.dynamosession.codec.KeyRing;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.codec.msgpack.MessagePackCodec;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.testkit.MovableClock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A thousand requests that read mutable values write nothing")
class ReadingWritesNothingTest {
    private static final int REQUESTS = 1_000;
    private static final KeyRing KEYS = KeyRing.of(EncryptionKey.of("k1", new byte[EncryptionKey.LENGTH]));
    private static final TypeRef<Map<String, List<Integer>>> MAP = new TypeRef<>() {};
    private static final TypeRef<Set<String>> SET = new TypeRef<>() {};

    /** What lies between codec and store. */
    private enum Between implements UnaryOperator<SessionManager.Builder> {
        NOTHING {
            @Override
            public SessionManager.Builder apply(SessionManager.Builder builder) {
                return builder.compressAbove(null);
            }
        },
        COMPRESSION {
            @Override
            public SessionManager.Builder apply(SessionManager.Builder builder) {
                return builder.compressAbove(50);
            }
        },
        ENCRYPTION {
            @Override
            public SessionManager.Builder apply(SessionManager.Builder builder) {
                return builder.compressAbove(null).encryption(KEYS);
            }
        },
        BOTH {
            @Override
            public SessionManager.Builder apply(SessionManager.Builder builder) {
                return builder.compressAbove(50).encryption(KEYS);
            }
        }
    }

    static Stream<Arguments> combinations() {
        List<SessionCodec> codecs =
                List.of(JsonCodec.builder().build(), MessagePackCodec.builder().build());
        return codecs.stream()
                .flatMap(codec -> Stream.of(Between.values())
                        .map(between -> Arguments.of(codec.getClass().getSimpleName(), between, codec)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("combinations")
    @DisplayName("with")
    void reading(String name, Between between, SessionCodec codec) {
        AtomicInteger writes = new AtomicInteger();
        MovableClock clock = new MovableClock();
        InMemorySessionStore store = new InMemorySessionStore(clock, new SessionObserver() {
            @Override
            public void operation(StoreOperation operation) {
                if (operation.kind() != StoreOperation.Kind.FIND) {
                    writes.incrementAndGet();
                }
            }
        });
        SessionManager sessions = between.apply(
                        SessionManager.builder(store).codec(codec).clock(clock))
                .build();
        Map<String, List<Integer>> map = new HashMap<>();
        Set<String> set = new HashSet<>();
        IntStream.range(0, 40).forEach(i -> {
            map.put("key " + i * 7919, List.of(i, i + 1));
            set.add("element " + i * 7919);
        });
        Session first = sessions.newSession();
        first.set("map", map);
        first.set("set", set);
        assertThat(sessions.save(first)).isEqualTo(SaveOutcome.SAVED);
        writes.set(0);
        for (int i = 0; i < REQUESTS; i++) {
            Session session = sessions.open(first.cookieValue()).orElseThrow();
            assertThat(session.get("map", MAP)).contains(map);
            assertThat(session.get("set", SET)).contains(set);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        }
        assertThat(writes).hasValue(0);
    }
}
