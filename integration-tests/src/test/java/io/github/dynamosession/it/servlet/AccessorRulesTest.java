// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.http.HttpSession;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;

/** Undertow is Servlet 6.0, but runs beside the 6.1 API here: the filter's sessions have an accessor in it. */
@DisplayName("Servlet 6.1: sessions outside of requests")
class AccessorRulesTest extends ServletRules {
    private final AtomicReference<HttpSession.Accessor> accessor = new AtomicReference<>();

    private Browser start(Trial t) {
        t.page("/start", (q, r) -> {
                    q.getSession().setAttribute("a", "x");
                    accessor.set(q.getSession().getAccessor());
                })
                .page("/change", (q, r) -> q.getSession().setAttribute("a", "y"))
                .page("/rename", (q, r) -> q.changeSessionId())
                .page("/end", (q, r) -> q.getSession().invalidate())
                .page("/show", (q, r) -> {
                    HttpSession session = q.getSession(false);
                    r.getWriter().print(session == null ? "none" : session.getAttribute("a"));
                });
        Browser browser = t.browser();
        assertThat(browser.get("/start").status()).isEqualTo(200);
        return browser;
    }

    private void accessRule(String text, Rule.Check check) {
        rule("HttpSession.Accessor.access", text, check)
                .ownSessionsBreak(
                        "is Servlet 6.0",
                        t -> {
                            t.page(
                                    "/a",
                                    (q, r) -> assertThat(q.getSession().getAccessor())
                                            .isNull());
                            assertThat(t.get("/a").status()).isEqualTo(200);
                        },
                        Container.UNDERTOW);
    }

    private String seen() {
        AtomicReference<Object> seen = new AtomicReference<>("");
        accessor.get().access(session -> seen.set(session.getAttribute("a")));
        return String.valueOf(seen.get());
    }

    @Override
    void rules() {
        accessRule("sees what requests have stored, then and later", t -> {
            Browser browser = start(t);
            assertThat(seen()).isEqualTo("x");
            browser.get("/change");
            assertThat(seen()).isEqualTo("y");
        });
        accessRule("stores what is changed", t -> {
            Browser browser = start(t);
            accessor.get().access(session -> session.setAttribute("a", "z"));
            assertThat(browser.get("/show").body()).isEqualTo("z");
        });
        accessRule("gives a session that is not new and has the same id", t -> {
            Browser browser = start(t);
            t.page("/id", (q, r) -> r.getWriter().print(q.getSession().getId()));
            accessor.get().access(session -> {
                assertThat(session.isNew()).isFalse();
                assertThat(session.getId()).isEqualTo(browser.get("/id").body());
            });
        });
        accessRule("can end the session", t -> {
            Browser browser = start(t);
            accessor.get().access(HttpSession::invalidate);
            assertThat(browser.get("/show").body()).isEqualTo("none");
        });
        accessRule("throws IllegalStateException once the session has ended", t -> {
            Browser browser = start(t);
            browser.get("/end");
            assertThatThrownBy(this::seen).isInstanceOf(IllegalStateException.class);
        });
        accessRule("throws IllegalStateException once the session has another id", t -> {
            Browser browser = start(t);
            browser.get("/rename");
            assertThatThrownBy(this::seen).isInstanceOf(IllegalStateException.class);
        });
        accessRule("passes on what the consumer throws, and keeps what it has changed before", t -> {
            Browser browser = start(t);
            assertThatThrownBy(() -> accessor.get().access(session -> {
                        session.setAttribute("a", "z");
                        throw new IllegalArgumentException("asked for");
                    }))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(browser.get("/show").body()).isEqualTo("z");
        });
        rule("HttpSession.getAccessor", "throws IllegalStateException for a session that has ended", t -> {
                    t.page("/a", (q, r) -> {
                        HttpSession session = q.getSession();
                        session.invalidate();
                        assertThatThrownBy(session::getAccessor).isInstanceOf(IllegalStateException.class);
                    });
                    t.get("/a");
                })
                .ownSessionsBreak("gives one that throws it", Container.JETTY, Container.UNDERTOW);
    }
}
