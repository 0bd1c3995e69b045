// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionObserver;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A request that goes on after its response")
class LateChangesTest {
    private final InMemorySessionStore shared = new InMemorySessionStore();

    /** The request is done for the client: it may come again, to another node. */
    private CompletableFuture<Void> answered = new CompletableFuture<>();

    /** That one is stored. */
    private CompletableFuture<Void> next = new CompletableFuture<>();

    /** The last save of the request has found that out. */
    private CompletableFuture<Void> dropped = new CompletableFuture<>();

    private final SessionObserver observer = new SessionObserver() {
        @Override
        public void lateChangeDropped() {
            dropped.complete(null);
        }
    };

    @SuppressWarnings("unchecked")
    private static List<String> cart(HttpServletRequest request) {
        return (List<String>) request.getSession().getAttribute("cart");
    }

    private TestServer node(Container container) throws Exception {
        return new TestServer(
                        container,
                        builder -> builder.observer(observer),
                        UnaryOperator.identity(),
                        context -> {},
                        shared)
                .page(
                        "/new",
                        (request, response) ->
                                request.getSession().setAttribute("cart", new ArrayList<>(List.of("given"))))
                .page("/add", (request, response) -> cart(request).add("next"))
                .page("/read", (request, response) -> response.getWriter().print(cart(request)))
                .page("/slow", (request, response) -> {
                    List<String> cart = cart(request);
                    cart.add("first");
                    answer(response);
                    late(() -> cart.add("late"));
                })
                .page("/only-read", (request, response) -> {
                    List<String> cart = cart(request);
                    answer(response);
                    late(() -> cart.add("late"));
                })
                .page("/asks-late", (request, response) -> {
                    answer(response);
                    List<String> cart = cart(request);
                    late(() -> cart.add("late"));
                });
    }

    private static void answer(HttpServletResponse response) throws Exception {
        response.setContentLength(2);
        response.getWriter().print("ok");
        response.flushBuffer();
    }

    private void late(Runnable change) throws Exception {
        answered.complete(null);
        next.get(1, TimeUnit.MINUTES);
        change.run();
    }

    private void keepsTheNextRequest(Container container, String path, String kept) throws Exception {
        try (TestServer one = node(container);
                TestServer other = node(container)) {
            for (int i = 0; i < 5; i++) {
                answered = new CompletableFuture<>();
                next = new CompletableFuture<>();
                dropped = new CompletableFuture<>();
                Browser browser = one.browser();
                browser.get("/new");
                CompletableFuture<Browser.Answer> first = browser.start(path);
                answered.get(1, TimeUnit.MINUTES);
                assertThat(first.get(1, TimeUnit.MINUTES).body()).isEqualTo("ok");
                Browser elsewhere = other.browser().session(browser.session());
                elsewhere.get("/add");
                next.complete(null);
                dropped.get(1, TimeUnit.MINUTES);
                assertThat(elsewhere.get("/read").body()).isEqualTo(kept);
                assertThat(browser.get("/read").body()).isEqualTo(kept);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("does not overwrite what the client's next request stored on another node")
    void changedBefore(Container container) throws Exception {
        keepsTheNextRequest(container, "/slow", "[given, first, next]");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("does not either if it asked for the session only then")
    void askedAfter(Container container) throws Exception {
        keepsTheNextRequest(container, "/asks-late", "[given, next]");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("does not either if it had only read the attribute")
    void readBefore(Container container) throws Exception {
        keepsTheNextRequest(container, "/only-read", "[given, next]");
    }
}
