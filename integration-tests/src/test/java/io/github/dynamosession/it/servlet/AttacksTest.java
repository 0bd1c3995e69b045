// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.it.servlet.Browser.Answer;
import io.github.dynamosession.servlet.DynamoSessions;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Under attack and in races,")
class AttacksTest {
    private static final int ROUNDS = 50;

    /** A request that has opened its session and waits until the test lets it go on. */
    private static final class Held {
        final CountDownLatch opened = new CountDownLatch(1);
        final CountDownLatch released = new CountDownLatch(1);

        void hold() throws InterruptedException {
            opened.countDown();
            assertThat(released.await(1, TimeUnit.MINUTES)).isTrue();
        }

        void awaitOpened() throws InterruptedException {
            assertThat(opened.await(1, TimeUnit.MINUTES)).isTrue();
        }
    }

    private static void login(HttpServletRequest request) {
        request.getSession();
        request.changeSessionId();
        request.getSession().setAttribute("user", "ann");
    }

    private static void show(HttpServletRequest request, HttpServletResponse response) throws IOException {
        HttpSession session = request.getSession(false);
        response.getWriter()
                .print(session == null ? "none" : session.getAttribute("user") + " " + session.getAttribute("slow"));
    }

    private static TestServer server(Container container) throws Exception {
        return new TestServer(container)
                .page("/visit", (request, response) -> request.getSession().setAttribute("visited", "yes"))
                .page("/login", (request, response) -> login(request))
                .page("/logout", (request, response) -> request.getSession().invalidate())
                .page("/show", AttacksTest::show);
    }

    private static TestServer server(Container container, Held held) throws Exception {
        return server(container).page("/slow", (request, response) -> {
            HttpSession session = request.getSession();
            session.getAttribute("user");
            held.hold();
            session.setAttribute("slow", "late");
            response.getWriter().print("done");
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("an id that was never handed out is not adopted")
    void unknownId(Container container) throws Exception {
        try (TestServer server = server(container)) {
            String planted = "A".repeat(43);
            Browser victim = server.browser().session(planted);
            Answer answer = victim.get("/visit");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(victim.session()).isNotEqualTo(planted);
            assertThat(server.browser().session(planted).get("/show").body()).isEqualTo("none");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a planted session does not see who logs in on it")
    void plantedSession(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser attacker = server.browser();
            attacker.get("/visit");
            Browser victim = server.browser().session(attacker.session());
            victim.get("/login");
            assertThat(victim.get("/show").body()).startsWith("ann");
            assertThat(victim.session()).isNotEqualTo(attacker.session());
            assertThat(attacker.get("/show").body()).isEqualTo("null null");
            attacker.get("/visit");
            assertThat(attacker.get("/show").body()).isEqualTo("null null");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a request held open across the login saves nothing, and leaves the cookie alone")
    void heldOpen(Container container) throws Exception {
        Held held = new Held();
        try (TestServer server = server(container, held)) {
            Browser attacker = server.browser();
            attacker.get("/visit");
            Browser victim = server.browser().session(attacker.session());
            CompletableFuture<Answer> slow = attacker.start("/slow");
            held.awaitOpened();
            victim.get("/login");
            held.released.countDown();
            assertThat(slow.join().body()).isEqualTo("done");
            assertThat(slow.join().setCookies()).isEmpty();
            assertThat(victim.get("/show").body()).isEqualTo("ann null");
            assertThat(attacker.get("/show").body()).isEqualTo("null null");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("an attacker who changes the id first never shares a session with the one who logs in")
    void attackerFirst(Container container) throws Exception {
        Held held = new Held();
        try (TestServer server = server(container)) {
            server.page("/rotate", (request, response) -> {
                        request.getSession();
                        request.changeSessionId();
                    })
                    .page("/slow-login", (request, response) -> {
                        request.getSession().getAttribute("visited");
                        held.hold();
                        login(request);
                    });
            Browser attacker = server.browser();
            attacker.get("/visit");
            String planted = attacker.session();
            Browser victim = server.browser().session(planted);
            Browser late = server.browser().session(planted);

            CompletableFuture<Answer> slow = victim.start("/slow-login");
            held.awaitOpened();
            attacker.get("/rotate");
            held.released.countDown();
            assertThat(slow.join().setCookies()).hasSize(1);
            assertThat(victim.session()).isNotEqualTo(planted).isNotEqualTo(attacker.session());
            assertThat(victim.get("/show").body()).startsWith("ann");
            assertThat(attacker.get("/show").body()).startsWith("null");

            late.get("/login");
            assertThat(late.session()).isNotEqualTo(planted).isNotEqualTo(attacker.session());
            assertThat(late.get("/show").body()).startsWith("ann");
            assertThat(attacker.get("/show").body()).startsWith("null");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a parallel request with the old id does not throw away the login")
    void parallelRequest(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/touchy", (request, response) -> {
                boolean none = request.getSession(false) == null;
                HttpSession session = request.getSession();
                session.setAttribute("slow", "late");
                response.getWriter().print(none + " " + session.getAttribute("slow"));
            });
            Browser browser = server.browser();
            browser.get("/visit");
            String former = browser.session();
            browser.get("/login");
            String current = browser.session();
            server.store.drain();

            Answer late = browser.session(former).get("/touchy");
            assertThat(late.body()).as("a session that is not new, and empty").isEqualTo("false late");
            assertThat(late.setCookies()).isEmpty();
            assertThat(server.store.drain()).containsExactly("find");
            assertThat(browser.session(current).get("/show").body()).isEqualTo("ann null");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a slow request does not undo a logout")
    void logout(Container container) throws Exception {
        Held held = new Held();
        try (TestServer server = server(container, held)) {
            Browser browser = server.browser();
            browser.get("/login");
            String id = browser.session();
            CompletableFuture<Answer> slow = browser.start("/slow");
            held.awaitOpened();
            browser.get("/logout");
            held.released.countDown();
            assertThat(slow.join().setCookies()).isEmpty();
            assertThat(browser.session()).isNull();
            assertThat(browser.session(id).get("/show").body()).isEqualTo("none");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("two tabs that change different attributes both win, and count exactly, every time")
    void twoTabs(Container container) throws Exception {
        try (TestServer server = server(container)) {
            CyclicBarrier together = new CyclicBarrier(2);
            server.page("/tab", (request, response) -> {
                        HttpSession session = request.getSession();
                        session.getAttribute("visited");
                        together.await(1, TimeUnit.MINUTES);
                        session.setAttribute(request.getParameter("name"), request.getParameter("value"));
                        DynamoSessions.session(session).compute("count", Integer.class, n -> n.orElse(0) + 1);
                    })
                    .page("/both", (request, response) -> {
                        HttpSession session = request.getSession();
                        response.getWriter()
                                .print(session.getAttribute("a") + " " + session.getAttribute("b") + " "
                                        + session.getAttribute("count"));
                    });
            Browser browser = server.browser();
            browser.get("/visit");
            for (int round = 1; round <= ROUNDS; round++) {
                CompletableFuture<Answer> a = browser.start("/tab?name=a&value=" + round);
                CompletableFuture<Answer> b = browser.start("/tab?name=b&value=" + round);
                assertThat(a.join().status()).isEqualTo(200);
                assertThat(b.join().status()).isEqualTo(200);
                assertThat(browser.get("/both").body()).isEqualTo(round + " " + round + " " + 2 * round);
            }
        }
    }
}
