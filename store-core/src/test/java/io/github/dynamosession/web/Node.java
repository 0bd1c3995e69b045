// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** An engine over memory whose store notes its calls and fails when a test says so. */
final class Node {
    static final Duration IDLE = Duration.ofMinutes(30);

    final MovableClock clock = new MovableClock();
    final List<String> calls = new ArrayList<>();
    final SessionManager sessions;

    /** The next call is not made, and fails. */
    private boolean failNext;

    /** The next call is made, and its reply is lost. */
    private boolean loseNext;

    Node() {
        this(UnaryOperator.identity());
    }

    Node(UnaryOperator<SessionManager.Builder> setUp) {
        SessionStore memory = new InMemorySessionStore(clock);
        SessionStore store = (SessionStore) Proxy.newProxyInstance(
                Node.class.getClassLoader(), new Class<?>[] {IndexedSessionStore.class}, (self, method, arguments) -> {
                    boolean operation = method.getReturnType() == CompletionStage.class;
                    if (operation) {
                        calls.add(method.getName());
                    }
                    if (operation && failNext) {
                        failNext = false;
                        return CompletableFuture.failedStage(new SessionStoreException("down", null, false));
                    }
                    Object result;
                    try {
                        result = method.invoke(memory, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    if (operation && loseNext) {
                        loseNext = false;
                        return CompletableFuture.failedStage(new SessionStoreException("no answer", null, true));
                    }
                    return result;
                });
        sessions = setUp.apply(SessionManager.builder(store)
                        .codec(new TextCodec())
                        .clock(clock)
                        .idleTimeout(IDLE)
                        .executor(Runnable::run))
                .build();
    }

    void failNext() {
        failNext = true;
    }

    void loseNext() {
        loseNext = true;
    }

    /** A stored session's cookie value. */
    String stored(String name, String value) {
        Session session = sessions.newSession();
        session.set(name, value);
        sessions.save(session);
        calls.clear();
        return session.cookieValue();
    }

    /** What is stored now. */
    Optional<String> read(String cookieValue, String name) {
        return sessions.open(cookieValue)
                .filter(session -> !session.isDetached())
                .flatMap(session -> session.get(name, String.class));
    }

    boolean exists(String cookieValue) {
        return sessions.open(cookieValue)
                .filter(session -> !session.isDetached())
                .isPresent();
    }

    /** The two drivers: every state is reached by either. */
    enum Driver {
        BLOCKING {
            @Override
            Optional<Session> open(SessionExchange exchange, List<String> cookies, List<String> elsewhere) {
                return exchange.blocking().open(cookies, elsewhere);
            }

            @Override
            ChangeIdOutcome changeId(SessionExchange exchange, NewId why) {
                return exchange.blocking().changeId(why);
            }

            @Override
            void end(SessionExchange exchange) {
                exchange.blocking().end();
            }

            @Override
            void commit(SessionExchange exchange) {
                exchange.blocking().commit();
            }

            @Override
            void commitEnds(SessionExchange exchange) {
                exchange.blocking().commitEnds();
            }
        },
        ASYNC {
            @Override
            Optional<Session> open(SessionExchange exchange, List<String> cookies, List<String> elsewhere) {
                return joined(exchange.async().open(cookies, elsewhere));
            }

            @Override
            ChangeIdOutcome changeId(SessionExchange exchange, NewId why) {
                return joined(exchange.async().changeId(why));
            }

            @Override
            void end(SessionExchange exchange) {
                joined(exchange.async().end());
            }

            @Override
            void commit(SessionExchange exchange) {
                joined(exchange.async().commit());
            }

            @Override
            void commitEnds(SessionExchange exchange) {
                joined(exchange.async().commitEnds());
            }
        };

        abstract Optional<Session> open(SessionExchange exchange, List<String> cookies, List<String> elsewhere);

        Optional<Session> open(SessionExchange exchange, String... cookies) {
            return open(exchange, List.of(cookies), List.of());
        }

        abstract ChangeIdOutcome changeId(SessionExchange exchange, NewId why);

        abstract void end(SessionExchange exchange);

        abstract void commit(SessionExchange exchange);

        abstract void commitEnds(SessionExchange exchange);

        private static <T extends @Nullable Object> T joined(CompletionStage<T> stage) {
            try {
                return stage.toCompletableFuture().join();
            } catch (CompletionException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw e;
            }
        }
    }

    static final class MovableClock extends Clock {
        private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");

        void advance(Duration by) {
            now = now.plus(by);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    static final class TextCodec implements SessionCodec {
        @Override
        public int format() {
            return EncodedValue.FIRST_CUSTOM;
        }

        @Override
        public byte[] encode(Object value) {
            return ((String) value).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Object decode(byte[] bytes, Type type) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
