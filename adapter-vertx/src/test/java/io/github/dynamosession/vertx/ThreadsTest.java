// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.spi.SessionCodec;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("An event loop")
class ThreadsTest {
    private static final String EVENT_LOOP = "vert.x-eventloop-thread";

    private static void routes(Site site, List<String> seen) {
        site.router.route().handler(site.sessions);
        site.router.get("/put").handler(routing -> {
            seen.add(Thread.currentThread().getName());
            routing.session().put("name", "value");
            routing.response().setChunked(true);
            routing.response()
                    .write("a")
                    .onComplete(done -> seen.add(Thread.currentThread().getName()));
            routing.response()
                    .end("b")
                    .onComplete(done -> seen.add(Thread.currentThread().getName()));
        });
        site.router.get("/get").handler(routing -> {
            seen.add(Thread.currentThread().getName());
            routing.end(routing.session().<String>get("name"));
        });
        site.router.get("/out").handler(routing -> {
            routing.session().destroy();
            routing.end();
        });
        site.start();
    }

    @Test
    @DisplayName("never does the I/O of a store that blocks")
    void blocking() {
        TestStore store = new TestStore(true);
        ExecutorService workers = Executors.newFixedThreadPool(2, task -> new Thread(task, "worker"));
        try (Site site = new Site(store, builder -> builder.executor(workers))) {
            routes(site, new CopyOnWriteArrayList<>());
            String cookie = Site.cookie(site.get("/put", null));
            assertThat(site.get("/get", cookie).body()).isEqualTo("value");
            site.get("/put", cookie);
            site.get("/out", cookie);
            assertThat(store.calls).containsExactly("create", "find", "find", "find", "delete");
            assertThat(store.threads).containsOnly("worker");
        } finally {
            workers.shutdown();
        }
    }

    @Test
    @DisplayName("never does so with Vert.x's own workers, either")
    void workers() {
        TestStore store = new TestStore(true);
        List<String> codecs = new CopyOnWriteArrayList<>();
        Vertx vertx = Vertx.vertx();
        try (Site site = new Site(
                store,
                builder -> builder.executor(DynamoSessionHandler.workers(vertx)).codec(watched(codecs)))) {
            routes(site, new CopyOnWriteArrayList<>());
            String cookie = Site.cookie(site.get("/put", null));
            assertThat(site.get("/get", cookie).body()).isEqualTo("value");
            assertThat(store.threads).hasSize(2).allMatch(name -> name.startsWith("vert.x-worker-thread"));
        } finally {
            Site.await(vertx.close().toCompletionStage().toCompletableFuture());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("runs the application, before and after a wait, and no codec runs on a store's thread")
    void application(boolean blocking) {
        List<String> codecs = new CopyOnWriteArrayList<>();
        List<String> seen = new CopyOnWriteArrayList<>();
        TestStore store = new TestStore(blocking);
        ExecutorService workers = Executors.newFixedThreadPool(2, task -> new Thread(task, "worker"));
        try (Site site = new Site(store, builder -> builder.executor(workers).codec(watched(codecs)))) {
            routes(site, seen);
            String cookie = Site.cookie(site.get("/put", null));
            assertThat(site.get("/get", cookie).body()).isEqualTo("value");
            site.router.errorHandler(503, routing -> {
                seen.add(Thread.currentThread().getName());
                routing.response().end("later");
            });
            store.down(true);
            assertThat(site.get("/put", null).body()).isEqualTo("later");
            Site.awaitSize(seen, 8);
            assertThat(seen).hasSize(8).allMatch(name -> name.startsWith(EVENT_LOOP));
            assertThat(codecs).isNotEmpty().doesNotContain(TestStore.THREAD);
        } finally {
            workers.shutdown();
        }
    }

    private static SessionCodec watched(List<String> threads) {
        SessionCodec json = JsonCodec.builder().build();
        return (SessionCodec) java.lang.reflect.Proxy.newProxyInstance(
                SessionCodec.class.getClassLoader(),
                new Class<?>[] {SessionCodec.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("encode") || method.getName().equals("decode")) {
                        threads.add(Thread.currentThread().getName());
                    }
                    return method.invoke(json, arguments);
                });
    }
}
