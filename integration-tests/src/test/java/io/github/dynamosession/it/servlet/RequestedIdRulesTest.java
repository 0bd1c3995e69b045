// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Servlet 6.1, HttpServletRequest: the session id that the client asks for")
class RequestedIdRulesTest extends ServletRules {
    private static String all(HttpServletRequest q) {
        return q.getRequestedSessionId() + " valid=" + q.isRequestedSessionIdValid() + " cookie="
                + q.isRequestedSessionIdFromCookie() + " url=" + q.isRequestedSessionIdFromURL();
    }

    @Override
    void rules() {
        rule("HttpServletRequest.getRequestedSessionId", "is null if the client names none; it is not valid", t -> {
            t.page("/a", (q, r) -> r.getWriter().print(all(q)));
            assertThat(t.get("/a").body()).isEqualTo("null valid=false cookie=false url=false");
        });
        rule("HttpServletRequest.getRequestedSessionId", "stays null when the request makes a session", t -> {
            t.page("/a", (q, r) -> {
                q.getSession();
                r.getWriter().print(all(q));
            });
            assertThat(t.get("/a").body()).isEqualTo("null valid=false cookie=false url=false");
        });
        rule("HttpServletRequest.isRequestedSessionIdValid", "is true for the session of the client", t -> {
            t.page("/a", (q, r) -> q.getSession())
                    .page("/b", (q, r) -> r.getWriter().print(all(q)));
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/b").body()).isEqualTo(browser.session() + " valid=true cookie=true url=false");
        });
        rule("HttpServletRequest.getRequestedSessionId", "asking for it makes no session", t -> {
            t.page("/a", (q, r) -> {
                all(q);
                assertThat(q.getSession(false)).isNull();
            });
            assertThat(t.get("/a").setCookies()).isEmpty();
        });
        for (Map.Entry<String, String> id : Map.of(
                        "unknown",
                        "A".repeat(43),
                        "of another form",
                        "0123456789ABCDEF0123456789ABCDEF",
                        "hostile",
                        "../../etc/passwd",
                        "long",
                        "x".repeat(3000))
                .entrySet()) {
            rule(
                            "HttpServletRequest.getRequestedSessionId",
                            "is what the client names, not valid: " + id.getKey(),
                            t -> {
                                t.page("/a", (q, r) -> r.getWriter().print(all(q)));
                                assertThat(t.browser()
                                                .session(id.getValue())
                                                .get("/a")
                                                .body())
                                        .isEqualTo(id.getValue() + " valid=false cookie=true url=false");
                            })
                    .ownSessionsBreak("where an id came from is known for existing sessions only", Container.UNDERTOW);
            rule("7.2", "an id that the client made up is never adopted: " + id.getKey(), t -> {
                t.page("/a", (q, r) -> {
                    assertThat(q.getSession(false)).isNull();
                    assertThat(q.getSession().isNew()).isTrue();
                    assertThat(q.getSession().getId()).isNotEqualTo(id.getValue());
                    r.getWriter().print(q.isRequestedSessionIdValid());
                });
                Browser browser = t.browser().session(id.getValue());
                assertThat(browser.get("/a").body()).isEqualTo("false");
                assertThat(browser.session()).isNotEqualTo(id.getValue());
            });
        }
        rule("HttpServletRequest.isRequestedSessionIdValid", "is false after invalidate", t -> {
                    t.page("/a", (q, r) -> q.getSession()).page("/b", (q, r) -> {
                        String before = q.getRequestedSessionId();
                        q.getSession().invalidate();
                        assertThat(q.isRequestedSessionIdValid()).isFalse();
                        assertThat(q.getRequestedSessionId()).isEqualTo(before);
                        assertThat(q.isRequestedSessionIdFromCookie()).isTrue();
                    });
                    Browser browser = t.browser();
                    browser.get("/a");
                    assertThat(browser.get("/b").status()).isEqualTo(200);
                })
                .ownSessionsBreak("where an id came from is known for existing sessions only", Container.UNDERTOW);
        rule("HttpServletRequest.isRequestedSessionIdValid", "is false after invalidate and another getSession", t -> {
            t.page("/a", (q, r) -> q.getSession()).page("/b", (q, r) -> {
                q.getSession().invalidate();
                q.getSession();
                assertThat(q.isRequestedSessionIdValid()).isFalse();
            });
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/b").status()).isEqualTo(200);
        });
        rule("HttpServletRequest.getRequestedSessionId", "is what the client named, after changeSessionId", t -> {
                    t.page("/a", (q, r) -> q.getSession()).page("/b", (q, r) -> {
                        String before = q.getRequestedSessionId();
                        q.changeSessionId();
                        assertThat(q.getRequestedSessionId()).isEqualTo(before);
                        assertThat(q.isRequestedSessionIdFromCookie()).isTrue();
                    });
                    Browser browser = t.browser();
                    browser.get("/a");
                    assertThat(browser.get("/b").status()).isEqualTo(200);
                })
                .ownSessionsBreak("the new id takes its place", Container.TOMCAT);
        rule("HttpServletRequest.isRequestedSessionIdValid", "is false once changeSessionId took that id away", t -> {
                    t.page("/a", (q, r) -> q.getSession()).page("/b", (q, r) -> {
                        q.changeSessionId();
                        assertThat(q.isRequestedSessionIdValid()).isFalse();
                    });
                    Browser browser = t.browser();
                    browser.get("/a");
                    assertThat(browser.get("/b").status()).isEqualTo(200);
                })
                .ownSessionsBreak("the new id takes its place, and is valid", Container.TOMCAT);
        rule("HttpServletRequest.getRequestedSessionId", "stays null after changeSessionId of a new session", t -> {
            t.page("/a", (q, r) -> {
                q.getSession();
                q.changeSessionId();
                r.getWriter().print(all(q));
            });
            assertThat(t.get("/a").body()).isEqualTo("null valid=false cookie=false url=false");
        });
        rule("HttpServletRequest.isRequestedSessionIdValid", "can be asked before the session, or without it", t -> {
            t.page("/a", (q, r) -> q.getSession()).page("/b", (q, r) -> {
                assertThat(q.isRequestedSessionIdValid()).isTrue();
                assertThat(q.getSession(false)).isNotNull();
                assertThat(q.isRequestedSessionIdValid()).isTrue();
            });
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/b").status()).isEqualTo(200);
        });
        rule("3.8", "of several cookies of the name one may be valid: it is found after one that is not", t -> {
            t.page("/a", (q, r) -> q.getSession()).page("/b", (q, r) -> {
                r.getWriter().print((q.getSession(false) != null) + " " + q.isRequestedSessionIdValid());
            });
            Browser browser = t.browser();
            browser.get("/a");
            String good = browser.session();
            assertThat(t.browser()
                            .getWith("/b", "JSESSIONID=" + "A".repeat(43) + "; JSESSIONID=" + good)
                            .body())
                    .isEqualTo("true true");
        });
        rule("3.8", "of several cookies of the name one may be valid: it is found before one that is not", t -> {
                    t.page("/a", (q, r) -> q.getSession()).page("/b", (q, r) -> {
                        r.getWriter().print((q.getSession(false) != null) + " " + q.isRequestedSessionIdValid());
                    });
                    Browser browser = t.browser();
                    browser.get("/a");
                    String good = browser.session();
                    assertThat(t.browser()
                                    .getWith("/b", "JSESSIONID=" + good + "; JSESSIONID=" + "A".repeat(43))
                                    .body())
                            .isEqualTo("true true");
                })
                .ownSessionsBreak("it shows itself one cookie of a name, the last", Container.UNDERTOW);
        rule("3.8", "a cookie of another name, or of the name in other case, names no session", t -> {
                    t.page("/a", (q, r) -> q.getSession())
                            .page("/b", (q, r) -> r.getWriter().print(q.getSession(false) + all(q)));
                    Browser browser = t.browser();
                    browser.get("/a");
                    for (String name : List.of("jsessionid", "XJSESSIONID", "JSESSIONID2")) {
                        assertThat(t.browser()
                                        .getWith("/b", name + "=" + browser.session())
                                        .body())
                                .isEqualTo("nullnull valid=false cookie=false url=false");
                    }
                })
                .ownSessionsBreak("the cookie's name is compared without case", Container.JETTY);
    }
}
