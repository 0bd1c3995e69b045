// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Memory that counts what is asked of it, and answers as slowly as a test wants, or not at all. */
public final class CountingStore {
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final AtomicLong ahead = new AtomicLong();
    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.now().plusMillis(ahead.get());
        }
    };
    private volatile long delay;
    private volatile boolean down;
    private volatile String failing = "";

    /** Each answer takes so long, on a thread of its own. */
    void slow(long millis) {
        delay = millis;
    }

    /** The time of the store, and of sessions. */
    Clock clock() {
        return clock;
    }

    /** Lets time pass. */
    void later(Duration time) {
        ahead.addAndGet(time.toMillis());
    }

    void down(boolean isDown) {
        down = isDown;
    }

    void failDeletions(boolean fail) {
        failing = fail ? "delete" : "";
    }

    void failIdChanges(boolean fail) {
        failing = fail ? "changeKey" : "";
    }

    /** What was asked since the last time. */
    public List<String> calls() {
        List<String> made = List.copyOf(calls);
        calls.clear();
        return made;
    }

    SessionStore store() {
        SessionStore memory = new InMemorySessionStore(clock);
        return (SessionStore) Proxy.newProxyInstance(
                SessionStore.class.getClassLoader(),
                new Class<?>[] {SessionStore.class},
                (proxy, method, arguments) -> {
                    try {
                        if (method.getReturnType() != CompletionStage.class) {
                            return method.getName().equals("isBlocking") ? false : method.invoke(memory, arguments);
                        }
                        calls.add(method.getName());
                        if (down || method.getName().equals(failing)) {
                            return CompletableFuture.failedStage(new SessionStoreException(
                                    "the store is down", new java.io.IOException("down"), false));
                        }
                        Object answer = method.invoke(memory, arguments);
                        return CompletableFuture.supplyAsync(
                                        () -> answer, CompletableFuture.delayedExecutor(delay, TimeUnit.MILLISECONDS))
                                .thenCompose(stage -> (CompletionStage<?>) stage);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** The beans of an application that is watched. */
    @Singleton
    public static final class Beans {
        @Produces
        @Singleton
        CountingStore counting = new CountingStore();

        @Produces
        @Singleton
        Clock clock(CountingStore counting) {
            return counting.clock();
        }

        @Produces
        @Singleton
        SessionStore store(CountingStore counting) {
            return counting.store();
        }
    }
}
