// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingMethod;

@DisplayName("The event loop")
class ThreadsTest {
    private static final String OURS = "io.github.dynamosession.";
    private static final String TESTS = ThreadsTest.class.getName();
    private static final List<String> BLOCKED = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void watch() {
        BlockHound.builder()
                .loadIntegrations()
                // Reads /dev/urandom, which never waits; the framework's own ids come from there, too.
                .allowBlockingCallsInside("java.security.SecureRandom", "nextBytes")
                .blockingMethodCallback(ThreadsTest::note)
                .install();
    }

    private static void note(BlockingMethod method) {
        String thread = Thread.currentThread().getName();
        // Closing a client ends on that one, which is no event loop.
        if (!thread.startsWith("globalEventExecutor")) {
            BLOCKED.add(method + " on " + thread + " at "
                    + StackWalker.getInstance()
                            .walk(frames -> frames.map(StackWalker.StackFrame::toString)
                                    .filter(frame -> frame.startsWith(OURS) && !frame.startsWith(TESTS))
                                    .toList()));
        }
    }

    @AfterEach
    void forget() {
        BLOCKED.clear();
    }

    @Test
    @DisplayName("is watched: a call that blocks it is found")
    void isWatched() {
        try (App app = App.start(App.newTable(), "spec.threads", "true")) {
            app.visitor().text("/threads/park");

            assertThat(BLOCKED).anyMatch(call -> call.contains("park"));
        }
    }

    @Test
    @DisplayName("is never blocked by the session, whatever becomes of it, with a blocking client")
    void blockingClient() {
        try (App app = App.start(App.newTable())) {
            everything(app);
        }
        assertThat(BLOCKED).filteredOn(ThreadsTest::isOurs).isEmpty();
    }

    @Test
    @DisplayName("is never blocked by the session, whatever becomes of it, with an asynchronous client")
    void asyncClient() {
        try (App app = App.startAsync(
                App.properties(App.newTable()), EmbeddedDynamoDbServer.shared().asyncClient())) {
            everything(app);
        }
        assertThat(BLOCKED).filteredOn(ThreadsTest::isOurs).isEmpty();
    }

    @Test
    @DisplayName("is left for a controller's session also where it was found at once")
    void answeredAtOnce() {
        try (App app = App.start(App.newTable(), "micronaut.session.http.dynamodb.store", "memory")) {
            everything(app);
        }
        assertThat(BLOCKED).filteredOn(ThreadsTest::isOurs).isEmpty();
    }

    private static boolean isOurs(String call) {
        return !call.endsWith("at []");
    }

    private static void everything(App app) {
        Visitor visitor = app.visitor();
        // The first requests load classes, which reads files.
        for (int i = 0; i < 2; i++) {
            BLOCKED.clear();
            visitor.text("/shop/put/name/Ada");
            visitor.text("/shop/get/name");
            visitor.text("/shop/nothing");
            visitor.text("/shop/cart/new");
            visitor.text("/shop/cart/tea");
            visitor.text("/shop/compute");
            visitor.text("/shop/rotate");
            assertThat(visitor.text("/shop/thread")).doesNotContain("EventLoop");
            visitor.text("/shop/delete");
            visitor.text("/shop/put/name/Ada");
            visitor.text("/shop/invalidate");
        }
    }

    /** Blocks where it must not. */
    @Controller(value = "/threads", produces = MediaType.TEXT_PLAIN)
    @Requires(property = "spec.threads")
    static class Blocking {
        @Get("/park")
        String park() {
            LockSupport.parkNanos(1);
            return Thread.currentThread().getName();
        }
    }
}
