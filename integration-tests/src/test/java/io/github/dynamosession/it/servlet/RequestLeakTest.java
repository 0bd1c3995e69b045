// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("When a request has ended, on a connection that is used again and again,")
class RequestLeakTest {
    /** A value whose death can be watched. */
    public static final class Watched {
        /** Something to store. */
        public String text = "x";
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("nothing keeps what it read from its session: neither errors nor asynchronous processing")
    void values(Container container) throws Exception {
        List<WeakReference<Object>> values = Collections.synchronizedList(new ArrayList<>());
        try (TestServer server = new TestServer(
                container,
                manager ->
                        manager.codec(JsonCodec.builder().allow(Watched.class).build()),
                UnaryOperator.identity(),
                context -> {})) {
            server.page("/put", (request, response) -> request.getSession().setAttribute("a", new Watched()))
                    .page("/error", (request, response) -> {
                        values.add(new WeakReference<>(request.getSession().getAttribute("a")));
                        response.sendError(409);
                    })
                    .page("/throw", (request, response) -> {
                        values.add(new WeakReference<>(request.getSession().getAttribute("a")));
                        throw new java.io.IOException("an application failed, for a test");
                    })
                    .page("/async", (request, response) -> {
                        values.add(new WeakReference<>(request.getSession().getAttribute("a")));
                        AsyncContext async = request.startAsync();
                        async.start(async::complete);
                    })
                    .page("/dispatch", (request, response) -> {
                        values.add(new WeakReference<>(request.getSession().getAttribute("a")));
                        request.startAsync().dispatch("/error");
                    })
                    .page("/plain", (request, response) -> response.getWriter().print("plain"));
            Browser browser = server.browser();
            browser.get("/put");
            for (int i = 0; i < 50; i++) {
                for (String path : new String[] {"/error", "/throw", "/async", "/dispatch"}) {
                    browser.get(path);
                }
            }
            assertThat(values).hasSize(250);
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> {
                System.gc();
                // The container's next request lets go of what belonged to collected ones.
                browser.get("/plain");
                return values.stream().allMatch(value -> value.refersTo(null));
            });
        }
    }

    private static boolean hasLeft(Thread pass) {
        return Stream.of(pass.getStackTrace())
                .noneMatch(frame -> frame.getClassName().equals(DynamoSessionFilter.class.getName()));
    }

    /** Collects what only weak references hold. */
    private static void collect() {
        WeakReference<Object> canary = new WeakReference<>(new Object());
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> {
            System.gc();
            return canary.refersTo(null);
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a thread of a second asynchronous cycle finds the session that nobody asked for before")
    void secondCycle(Container container) throws Exception {
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        try (TestServer server =
                new TestServer(container, UnaryOperator.identity(), UnaryOperator.identity(), context -> {})) {
            server.page("/put", (request, response) -> request.getSession().setAttribute("a", "1"))
                    .page("/first", (request, response) -> request.startAsync().dispatch("/second"))
                    .page("/second", (request, response) -> {
                        AsyncContext async = request.startAsync();
                        Thread pass = Thread.currentThread();
                        new Thread(() -> {
                                    try {
                                        Awaitility.await()
                                                .atMost(org.awaitility.Durations.ONE_MINUTE)
                                                .until(() -> hasLeft(pass));
                                        collect();
                                        HttpSession session =
                                                ((HttpServletRequest) async.getRequest()).getSession(false);
                                        seen.add(session == null ? "none" : "" + session.getAttribute("a"));
                                    } catch (RuntimeException e) {
                                        seen.add(e.toString());
                                    } finally {
                                        async.complete();
                                    }
                                })
                                .start();
                    });
            Browser browser = server.browser();
            browser.get("/put");
            for (int i = 0; i < 3; i++) {
                browser.get("/first");
            }
            assertThat(seen).containsExactly("1", "1", "1");
        }
    }
}
