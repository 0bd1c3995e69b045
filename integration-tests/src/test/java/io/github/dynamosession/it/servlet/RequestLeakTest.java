// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.codec.json.JsonCodec;
import jakarta.servlet.AsyncContext;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
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
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
                System.gc();
                // The container's next request lets go of what belonged to collected ones.
                browser.get("/plain");
                return values.stream().allMatch(value -> value.refersTo(null));
            });
        }
    }
}
