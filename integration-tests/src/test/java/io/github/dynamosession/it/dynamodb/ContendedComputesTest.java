// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.StoreOperation.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Computes of one attribute that many requests do at once")
class ContendedComputesTest {
    private static final int CLICKS = 50;

    private final AtomicInteger requests = new AtomicInteger();

    private SessionManager node(Stores.Kind kind) {
        return SessionManager.builder(kind.builder(Stores.endpoint())
                        .tableName(Stores.TABLE)
                        .observer(new SessionObserver() {
                            @Override
                            public void operation(StoreOperation operation) {
                                if (operation.kind() == Kind.UPDATE) {
                                    requests.addAndGet(operation.roundTrips());
                                }
                            }
                        })
                        .build())
                .codec(JsonCodec.builder().build())
                .build();
    }

    private int clicks(Stores.Kind kind, int nodes) throws Exception {
        List<SessionManager> managers = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            managers.add(node(kind));
        }
        Session given = managers.get(0).newSession();
        given.set("n", 0);
        managers.get(0).save(given);
        ExecutorService threads = Executors.newFixedThreadPool(CLICKS);
        CountDownLatch opened = new CountDownLatch(CLICKS);
        try {
            List<Future<SaveOutcome>> saves = new ArrayList<>();
            for (int i = 0; i < CLICKS; i++) {
                SessionManager manager = managers.get(i % nodes);
                saves.add(threads.submit(() -> {
                    Session session = manager.open(given.cookieValue()).orElseThrow();
                    session.compute("n", Integer.class, n -> n.orElse(0) + 1);
                    opened.countDown();
                    opened.await();
                    return manager.save(session);
                }));
            }
            for (Future<SaveOutcome> save : saves) {
                assertThat(save.get()).isEqualTo(SaveOutcome.SAVED);
            }
        } finally {
            threads.shutdown();
        }
        Session stored = managers.get(0).open(given.cookieValue()).orElseThrow();
        assertThat(stored.get("n", Integer.class)).contains(CLICKS);
        return requests.get();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("need at most three UpdateItems each on two nodes, and none is refused")
    void twoNodes(Stores.Kind kind) throws Exception {
        assertThat(clicks(kind, 2)).isLessThanOrEqualTo(3 * CLICKS);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("need at most two UpdateItems each on one node, of which one is for what was read before")
    void oneNode(Stores.Kind kind) throws Exception {
        assertThat(clicks(kind, 1)).isLessThanOrEqualTo(2 * CLICKS);
    }
}
