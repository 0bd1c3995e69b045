// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.it.servlet.Browser.Answer;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Servlet 6.1, chapter 7: sessions")
class SessionRulesTest extends ServletRules {
    /** Until the clock shows another millisecond. */
    private static void tick() {
        long start = System.currentTimeMillis();
        Awaitility.await()
                .atMost(org.awaitility.Durations.ONE_MINUTE)
                .pollInterval(1, TimeUnit.MILLISECONDS)
                .until(() -> System.currentTimeMillis() > start + 2);
    }

    @Override
    void rules() {
        creating();
        joining();
        ids();
        attributes();
        invalidating();
        timeouts();
        accesses();
    }

    private void creating() {
        rule("HttpServletRequest.getSession(boolean)", "false gives null without a session, and makes none", t -> {
            t.page("/a", (q, r) -> {
                assertThat(q.getSession(false)).isNull();
                assertThat(q.getSession(false)).isNull();
            });
            assertThat(t.get("/a").setCookies()).isEmpty();
        });
        rule("HttpServletRequest.getSession(boolean)", "true makes a session if there is none", t -> {
            t.page("/a", (q, r) -> assertThat(q.getSession(true)).isNotNull());
            assertThat(t.get("/a").setCookies()).hasSize(1);
        });
        rule("HttpServletRequest.getSession", "makes a session if there is none", t -> {
            t.page("/a", (q, r) -> assertThat(q.getSession()).isNotNull());
            assertThat(t.get("/a").setCookies()).hasSize(1);
        });
        rule("HttpServletRequest.getSession", "gives the same session for the whole request", t -> {
            t.page("/a", (q, r) -> {
                HttpSession session = q.getSession();
                assertThat(q.getSession().getId()).isEqualTo(session.getId());
                assertThat(q.getSession(true).getId()).isEqualTo(session.getId());
                assertThat(q.getSession(false).getId()).isEqualTo(session.getId());
            });
            t.get("/a");
        });
        rule("HttpServletRequest.getSession(boolean)", "of a committed response: a session cannot be made", t -> {
            t.page("/a", (q, r) -> {
                r.flushBuffer();
                assertThatThrownBy(() -> q.getSession(true)).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(q::getSession).isInstanceOf(IllegalStateException.class);
                assertThat(q.getSession(false)).isNull();
            });
            assertThat(t.get("/a").setCookies()).isEmpty();
        });
        rule("HttpServletRequest.getSession(boolean)", "of a committed response: an existing session is given", t -> {
            t.page("/a", (q, r) -> q.getSession()).page("/b", (q, r) -> {
                r.flushBuffer();
                assertThat(q.getSession()).isNotNull();
                assertThat(q.getSession(false)).isNotNull();
            });
            Browser browser = t.browser();
            browser.get("/a");
            browser.get("/b");
        });
        rule("7.2", "two clients have two sessions", t -> {
            t.page("/a", (q, r) -> r.getWriter().print(q.getSession().getId()));
            assertThat(t.get("/a").body()).isNotEqualTo(t.get("/a").body());
        });
        rule("HttpSession.getServletContext", "is the context of the application", t -> {
            t.page(
                    "/a",
                    (q, r) -> assertThat(q.getSession().getServletContext().getContextPath())
                            .isEqualTo("/app"));
            t.get("/a");
        });
        rule("4.2 (ServletContext)", "is the object that the request gives, too", t -> {
            t.page(
                    "/a",
                    (q, r) -> assertThat(q.getSession().getServletContext()).isSameAs(q.getServletContext()));
            t.get("/a");
        });
    }

    private void joining() {
        rule("7.2", "a session is new in the request that makes it", t -> {
            t.page("/a", (q, r) -> {
                assertThat(q.getSession().isNew()).isTrue();
                assertThat(q.getSession(false).isNew()).isTrue();
            });
            t.get("/a");
        });
        rule("7.2", "a session is no longer new when the client joins it", t -> {
            t.page("/a", (q, r) -> r.getWriter().print(q.getSession().isNew()));
            Browser browser = t.browser();
            Answer first = browser.get("/a");
            assertThat(first.body()).isEqualTo("true");
            Answer second = browser.get("/a");
            assertThat(second.body())
                    .as("%s, then %s %s", first, second, t.server.store == null ? "" : t.server.store.drain())
                    .isEqualTo("false");
            assertThat(browser.get("/a").body()).isEqualTo("false");
        });
        rule("7.2", "a client that does not join has a new session each time", t -> {
            t.page("/a", (q, r) -> r.getWriter().print(q.getSession().isNew()));
            assertThat(t.get("/a").body()).isEqualTo("true");
            assertThat(t.get("/a").body()).isEqualTo("true");
        });
        rule("7.2", "the session of a client is found by getSession(false), too", t -> {
            t.page("/a", (q, r) -> r.getWriter().print(q.getSession().getId())).page("/b", (q, r) -> {
                assertThat(q.getSession(false).isNew()).isFalse();
                r.getWriter().print(q.getSession(false).getId());
            });
            Browser browser = t.browser();
            assertThat(browser.get("/b").status()).isEqualTo(500);
            String id = browser.get("/a").body();
            assertThat(browser.get("/b").body()).isEqualTo(id);
        });
        rule("7.2", "a session whose request failed with an exception can be joined", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        throw new IllegalArgumentException("an application failed, for a test");
                    })
                    .page("/b", (q, r) -> {
                        HttpSession session = q.getSession();
                        r.getWriter().print(session.isNew() + " " + session.getAttribute("a"));
                    });
            Browser browser = t.browser();
            assertThat(browser.get("/a").status()).isEqualTo(500);
            assertThat(browser.get("/b").body()).isEqualTo("false 1");
        });
        rule("7.2", "a session made before sendRedirect is joined by the request that follows it", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        r.sendRedirect(q.getContextPath() + t.path("/b"));
                    })
                    .page(
                            "/b",
                            (q, r) -> r.getWriter()
                                    .print(q.getSession().isNew() + " "
                                            + q.getSession().getAttribute("a")));
            Browser browser = t.browser();
            Answer redirect = browser.get("/a");
            assertThat(redirect.status()).isEqualTo(302);
            assertThat(redirect.response().headers().firstValue("Location").orElseThrow())
                    .endsWith(t.path("/b"));
            assertThat(browser.get("/b").body()).isEqualTo("false 1");
        });
        rule("7.2", "an empty session can be joined", t -> {
            t.page("/a", (q, r) -> q.getSession())
                    .page(
                            "/b",
                            (q, r) -> assertThat(q.getSession(false)
                                            .getAttributeNames()
                                            .hasMoreElements())
                                    .isFalse());
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/b").status()).isEqualTo(200);
        });
        rule("7.7.3", "all windows of a client are in one session", t -> {
            t.page("/put", (q, r) -> q.getSession().setAttribute(q.getParameter("n"), "1"))
                    .page(
                            "/get",
                            (q, r) -> r.getWriter()
                                    .print(Collections.list(q.getSession().getAttributeNames()).stream()
                                            .sorted()
                                            .toList()));
            Browser one = t.browser();
            one.get("/put?n=a");
            Browser other = t.browser().session(one.session());
            other.get("/put?n=b");
            assertThat(one.get("/get").body()).isEqualTo("[a, b]");
            assertThat(other.get("/get").body()).isEqualTo("[a, b]");
        });
    }

    private void ids() {
        rule("HttpSession.getId", "is what the client is told", t -> {
                    t.page("/a", (q, r) -> r.getWriter().print(q.getSession().getId()));
                    Browser browser = t.browser();
                    String id = browser.get("/a").body();
                    assertThat(browser.session()).isEqualTo(id);
                    assertThat(browser.get("/a").body()).isEqualTo(id);
                })
                .ownSessionsBreak("Jetty adds the node's name to the id in the cookie", Container.JETTY);
        rule("HttpServletRequest.changeSessionId", "gives the new id, and the session has it", t -> {
            t.page("/a", (q, r) -> {
                HttpSession session = q.getSession();
                String former = session.getId();
                String id = q.changeSessionId();
                assertThat(id).isNotEqualTo(former).isEqualTo(session.getId());
                assertThat(q.getSession(false).getId()).isEqualTo(id);
            });
            t.get("/a");
        });
        rule("7.2", "changeSessionId keeps the session: attributes, times, and whether it is new", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        q.getSession().setMaxInactiveInterval(77);
                    })
                    .page("/b", (q, r) -> {
                        HttpSession session = q.getSession();
                        long created = session.getCreationTime();
                        q.changeSessionId();
                        assertThat(q.getSession().isNew()).isFalse();
                        assertThat(q.getSession().getCreationTime()).isEqualTo(created);
                        assertThat(session.getAttribute("a")).isEqualTo("1");
                        assertThat(session.getMaxInactiveInterval()).isEqualTo(77);
                    })
                    .page(
                            "/c",
                            (q, r) -> r.getWriter()
                                    .print(q.getSession(false).getAttribute("a") + " "
                                            + q.getSession().getMaxInactiveInterval()));
            Browser browser = t.browser();
            browser.get("/a");
            browser.get("/b");
            assertThat(browser.get("/c").body()).isEqualTo("1 77");
        });
        rule("7.2", "after changeSessionId the former id names nothing", t -> {
            t.page("/a", (q, r) -> q.getSession().setAttribute("a", "1"))
                    .page("/b", (q, r) -> q.changeSessionId())
                    .page("/c", (q, r) -> {
                        HttpSession session = q.getSession(false);
                        r.getWriter().print(session == null ? "null" : session.getAttribute("a"));
                    });
            Browser browser = t.browser();
            browser.get("/a");
            String former = browser.session();
            browser.get("/b");
            assertThat(browser.session()).isNotEqualTo(former);
            assertThat(t.browser().session(former).get("/c").body()).isEqualTo("null");
            assertThat(browser.get("/c").body()).isEqualTo("1");
        });
        rule("HttpServletRequest.changeSessionId", "twice in one request leaves the last id", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        String first = q.changeSessionId();
                        String second = q.changeSessionId();
                        assertThat(second).isNotEqualTo(first);
                        assertThat(q.getSession().getId()).isEqualTo(second);
                    })
                    .page(
                            "/b",
                            (q, r) -> r.getWriter().print(q.getSession(false).getAttribute("a")));
            Browser browser = t.browser();
            assertThat(browser.get("/a").setCookies()).hasSize(1);
            assertThat(browser.get("/b").body()).isEqualTo("1");
            assertThat(browser.get("/a").setCookies()).hasSize(1);
            assertThat(browser.get("/b").body()).isEqualTo("1");
        });
        rule("HttpServletRequest.changeSessionId", "without a session throws IllegalStateException", t -> {
            t.page("/a", (q, r) -> assertThatThrownBy(q::changeSessionId).isInstanceOf(IllegalStateException.class));
            assertThat(t.get("/a").setCookies()).isEmpty();
        });
        rule("HttpServletRequest.changeSessionId", "after invalidate throws IllegalStateException", t -> {
            t.page("/a", (q, r) -> {
                q.getSession().invalidate();
                assertThatThrownBy(q::changeSessionId).isInstanceOf(IllegalStateException.class);
            });
            t.get("/a");
        });
        rule("HttpServletRequest.changeSessionId", "with an id that names no session throws", t -> {
            t.page("/a", (q, r) -> assertThatThrownBy(q::changeSessionId).isInstanceOf(IllegalStateException.class));
            t.browser().session("A".repeat(43)).get("/a");
            t.browser().session("<hostile>").get("/a");
        });
        rule("HttpServletRequest.changeSessionId", "after the commit does not lose the session", t -> {
                    t.page("/a", (q, r) -> q.getSession().setAttribute("a", "1"))
                            .page("/b", (q, r) -> {
                                r.flushBuffer();
                                assertThatThrownBy(q::changeSessionId).isInstanceOf(IllegalStateException.class);
                            })
                            .page("/c", (q, r) -> {
                                HttpSession session = q.getSession(false);
                                r.getWriter().print(session == null ? "lost" : session.getAttribute("a"));
                            });
                    Browser browser = t.browser();
                    browser.get("/a");
                    try {
                        browser.get("/b");
                    } catch (CompletionException cut) {
                        // The filter cuts the connection: the id change did not happen, and the response cannot say so.
                        assertThat(cut).hasRootCauseInstanceOf(IOException.class);
                    }
                    assertThat(browser.get("/c").body()).isEqualTo("1");
                })
                .ownSessionsBreak(
                        "the id changes though the client cannot be told: the session is lost", Container.TOMCAT);
    }

    private void attributes() {
        rule("7.4", "what is bound is there in the same request", t -> {
            t.page("/a", (q, r) -> {
                Object value = new java.util.ArrayList<>(List.of("x"));
                q.getSession().setAttribute("a", value);
                assertThat(q.getSession().getAttribute("a")).isSameAs(value);
            });
            t.get("/a");
        });
        for (Map.Entry<String, Object> value : Map.<String, Object>of(
                        "text",
                        "\u00e4\u20ac\ud83d\ude00 \u0000 \"",
                        "an int",
                        7,
                        "a long",
                        7_000_000_000L,
                        "a double",
                        0.1,
                        "a boolean",
                        true,
                        "an empty text",
                        "",
                        "a list",
                        new java.util.ArrayList<>(List.of("a", "b")),
                        "a map",
                        new java.util.LinkedHashMap<>(Map.of("k", "v")))
                .entrySet()) {
            rule("7.4", "what is bound is there in the next request: " + value.getKey(), t -> {
                t.page("/a", (q, r) -> q.getSession().setAttribute("a", value.getValue()))
                        .page("/b", (q, r) -> {
                            assertThat(q.getSession().getAttribute("a"))
                                    .isEqualTo(value.getValue())
                                    .hasSameClassAs(value.getValue());
                        });
                Browser browser = t.browser();
                browser.get("/a");
                assertThat(browser.get("/b").status()).isEqualTo(200);
            });
        }
        for (String name : List.of("", " ", "a.b:c/d", "\u00e4\u20ac", "#", "x".repeat(300))) {
            rule(
                    "HttpSession.setAttribute",
                    "takes any name: '" + name.substring(0, Math.min(9, name.length())) + "'",
                    t -> {
                        t.page("/a", (q, r) -> q.getSession().setAttribute(name, "1"))
                                .page("/b", (q, r) -> {
                                    assertThat(q.getSession().getAttribute(name))
                                            .isEqualTo("1");
                                    assertThat(Collections.list(q.getSession().getAttributeNames()))
                                            .containsExactly(name);
                                });
                        Browser browser = t.browser();
                        browser.get("/a");
                        assertThat(browser.get("/b").status()).isEqualTo(200);
                    });
        }
        rule("HttpSession.setAttribute", "replaces", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        q.getSession().setAttribute("a", "2");
                    })
                    .page("/b", (q, r) -> q.getSession().setAttribute("a", "3"))
                    .page("/c", (q, r) -> r.getWriter().print(q.getSession().getAttribute("a")));
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/c").body()).isEqualTo("2");
            browser.get("/b");
            assertThat(browser.get("/c").body()).isEqualTo("3");
        });
        rule("HttpSession.setAttribute", "of null removes", t -> {
            t.page("/a", (q, r) -> q.getSession().setAttribute("a", "1"))
                    .page("/b", (q, r) -> {
                        q.getSession().setAttribute("a", null);
                        assertThat(q.getSession().getAttribute("a")).isNull();
                        assertThat(q.getSession().getAttributeNames().hasMoreElements())
                                .isFalse();
                    })
                    .page("/c", (q, r) -> r.getWriter().print(q.getSession().getAttribute("a")));
            Browser browser = t.browser();
            browser.get("/a");
            browser.get("/b");
            assertThat(browser.get("/c").body()).isEqualTo("null");
        });
        rule("HttpSession.setAttribute", "of null to an absent name does nothing", t -> {
            t.page("/a", (q, r) -> {
                q.getSession().setAttribute("a", null);
                assertThat(q.getSession().getAttributeNames().hasMoreElements()).isFalse();
            });
            assertThat(t.get("/a").status()).isEqualTo(200);
        });
        rule("HttpSession.setAttribute", "does not take a null name", t -> {
            t.page(
                    "/a",
                    (q, r) -> assertThatThrownBy(() -> q.getSession().setAttribute(null, "1"))
                            .isInstanceOfAny(IllegalArgumentException.class, NullPointerException.class));
            t.get("/a");
        });
        rule("HttpSession.getAttribute", "gives null for an absent name", t -> {
            t.page(
                    "/a",
                    (q, r) -> assertThat(q.getSession().getAttribute("absent")).isNull());
            t.get("/a");
        });
        rule("HttpSession.removeAttribute", "removes", t -> {
            t.page("/a", (q, r) -> q.getSession().setAttribute("a", "1"))
                    .page("/b", (q, r) -> {
                        q.getSession().removeAttribute("a");
                        assertThat(q.getSession().getAttribute("a")).isNull();
                    })
                    .page("/c", (q, r) -> r.getWriter().print(q.getSession().getAttribute("a")));
            Browser browser = t.browser();
            browser.get("/a");
            browser.get("/b");
            assertThat(browser.get("/c").body()).isEqualTo("null");
        });
        rule("HttpSession.removeAttribute", "of an absent name does nothing", t -> {
            t.page("/a", (q, r) -> q.getSession().removeAttribute("absent"));
            assertThat(t.get("/a").status()).isEqualTo(200);
        });
        rule("HttpSession.getAttributeNames", "has all names, once, and can be walked while attributes change", t -> {
            t.page("/a", (q, r) -> {
                q.getSession().setAttribute("a", "1");
                q.getSession().setAttribute("b", "1");
            });
            t.page("/b", (q, r) -> {
                HttpSession session = q.getSession();
                session.setAttribute("c", "1");
                session.setAttribute("a", "2");
                assertThat(Collections.list(session.getAttributeNames())).containsExactlyInAnyOrder("a", "b", "c");
                Enumeration<String> names = session.getAttributeNames();
                while (names.hasMoreElements()) {
                    session.removeAttribute(names.nextElement());
                }
                assertThat(session.getAttributeNames().hasMoreElements()).isFalse();
                assertThatThrownBy(() -> session.getAttributeNames().nextElement())
                        .isInstanceOf(NoSuchElementException.class);
            });
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/b").status()).isEqualTo(200);
        });
        rule("7.4", "what is changed in place is there in the next request", t -> {
            t.page("/a", (q, r) -> q.getSession().setAttribute("a", new java.util.ArrayList<>(List.of("1"))))
                    .page("/b", (q, r) -> {
                        @SuppressWarnings("unchecked")
                        List<String> list = (List<String>) q.getSession().getAttribute("a");
                        list.add("2");
                    })
                    .page("/c", (q, r) -> r.getWriter().print(q.getSession().getAttribute("a")));
            Browser browser = t.browser();
            browser.get("/a");
            browser.get("/b");
            assertThat(browser.get("/c").body()).isEqualTo("[1, 2]");
        });
        rule("7.7.1", "threads of one request may change attributes together", t -> {
            t.page("/a", (q, r) -> {
                HttpSession session = q.getSession();
                List<Thread> threads = new java.util.ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    String name = "n" + i;
                    Thread thread = new Thread(t.guarded(() -> {
                        for (int k = 0; k < 50; k++) {
                            session.setAttribute(name, "" + k);
                            session.getAttributeNames();
                        }
                    }));
                    thread.start();
                    threads.add(thread);
                }
                for (Thread thread : threads) {
                    thread.join();
                }
                assertThat(Collections.list(session.getAttributeNames())).hasSize(8);
            });
            assertThat(t.get("/a").status()).isEqualTo(200);
        });
        rule("7.7.2", "a value that a distributable session cannot hold is refused at once", t -> {
                    t.page("/a", (q, r) -> {
                        assertThatThrownBy(() -> q.getSession().setAttribute("a", Thread.currentThread()))
                                .isInstanceOf(IllegalArgumentException.class);
                        assertThat(q.getSession().getAttribute("a")).isNull();
                    });
                    t.get("/a");
                })
                .ownSessionsBreak(
                        "the test's applications are not marked as distributable: their sessions hold anything",
                        trial -> {
                            trial.page("/a", (q, r) -> q.getSession().setAttribute("a", Thread.currentThread()));
                            assertThat(trial.get("/a").status()).isEqualTo(200);
                        });
    }

    private static final Map<String, Consumer<HttpSession>> REFUSED = Map.of(
            "getAttribute", session -> session.getAttribute("a"),
            "getAttributeNames", HttpSession::getAttributeNames,
            "getCreationTime", HttpSession::getCreationTime,
            "getLastAccessedTime", HttpSession::getLastAccessedTime,
            "invalidate", HttpSession::invalidate,
            "isNew", HttpSession::isNew,
            "removeAttribute", session -> session.removeAttribute("a"),
            "setAttribute", session -> session.setAttribute("a", "1"),
            "setAttribute of null", session -> session.setAttribute("a", null));

    private static final Map<String, Consumer<HttpSession>> ALLOWED = Map.of(
            "getId", HttpSession::getId,
            "getServletContext", HttpSession::getServletContext,
            "getMaxInactiveInterval", HttpSession::getMaxInactiveInterval,
            "setMaxInactiveInterval", session -> session.setMaxInactiveInterval(7));

    private void invalidating() {
        for (boolean joined : new boolean[] {false, true}) {
            String which = joined ? " (a session that was joined)" : " (a session of this request)";
            REFUSED.forEach((method, call) -> rule(
                    "HttpSession." + method, "throws IllegalStateException on an invalidated session" + which, t -> {
                        t.page("/a", (q, r) -> q.getSession()).page("/b", (q, r) -> {
                            HttpSession session = q.getSession();
                            session.setAttribute("a", "1");
                            session.invalidate();
                            assertThatThrownBy(() -> call.accept(session)).isInstanceOf(IllegalStateException.class);
                        });
                        Browser browser = t.browser();
                        if (joined) {
                            browser.get("/a");
                        }
                        browser.get("/b");
                    }));
            ALLOWED.forEach((method, call) -> {
                Rule rule = rule("HttpSession." + method, "does not throw on an invalidated session" + which, t -> {
                    t.page("/a", (q, r) -> q.getSession()).page("/b", (q, r) -> {
                        HttpSession session = q.getSession();
                        session.invalidate();
                        call.accept(session);
                    });
                    Browser browser = t.browser();
                    if (joined) {
                        browser.get("/a");
                    }
                    assertThat(browser.get("/b").status()).isEqualTo(200);
                });
                if (method.endsWith("MaxInactiveInterval")) {
                    rule.ownSessionsBreak("throws IllegalStateException", Container.UNDERTOW);
                }
            });
        }
        rule("HttpSession.invalidate", "the request has no session then", t -> {
            t.page("/a", (q, r) -> {
                q.getSession().invalidate();
                assertThat(q.getSession(false)).isNull();
            });
            t.get("/a");
        });
        rule("HttpSession.invalidate", "the request can have another session then, with another id", t -> {
            t.page("/a", (q, r) -> {
                        HttpSession session = q.getSession();
                        session.setAttribute("a", "1");
                        String former = session.getId();
                        session.invalidate();
                        HttpSession next = q.getSession();
                        assertThat(next.isNew()).isTrue();
                        assertThat(next.getId()).isNotEqualTo(former);
                        assertThat(next.getAttribute("a")).isNull();
                        next.setAttribute("b", "2");
                    })
                    .page(
                            "/b",
                            (q, r) -> r.getWriter()
                                    .print(q.getSession().getAttribute("a") + " "
                                            + q.getSession().getAttribute("b")));
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/b").body()).isEqualTo("null 2");
            browser.get("/a");
            assertThat(browser.get("/b").body()).isEqualTo("null 2");
        });
        rule("7.5", "later requests do not see an invalidated session", t -> {
            t.page("/a", (q, r) -> q.getSession())
                    .page("/b", (q, r) -> q.getSession().invalidate())
                    .page("/c", (q, r) -> r.getWriter().print(q.getSession(false)));
            Browser browser = t.browser();
            browser.get("/a");
            String id = browser.session();
            browser.get("/b");
            assertThat(t.browser().session(id).get("/c").body()).isEqualTo("null");
        });
        rule("HttpSession.invalidate", "works after the commit", t -> {
            t.page("/a", (q, r) -> q.getSession())
                    .page("/b", (q, r) -> {
                        HttpSession session = q.getSession();
                        r.flushBuffer();
                        session.invalidate();
                        assertThat(q.getSession(false)).isNull();
                    })
                    .page("/c", (q, r) -> r.getWriter().print(q.getSession(false)));
            Browser browser = t.browser();
            browser.get("/a");
            String id = browser.session();
            browser.get("/b");
            assertThat(t.browser().session(id).get("/c").body()).isEqualTo("null");
        });
        rule("HttpSession.invalidate", "of a session that is made and invalidated in one request leaves none", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        r.getWriter().print(q.getSession().getId());
                        q.getSession().invalidate();
                    })
                    .page("/c", (q, r) -> r.getWriter().print(q.getSession(false)));
            String id = t.get("/a").body();
            assertThat(t.browser().session(id).get("/c").body()).isEqualTo("null");
        });
        rule("HttpServletRequest.logout", "leaves the session", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        q.logout();
                        assertThat(q.getSession(false)).isNotNull();
                    })
                    .page("/b", (q, r) -> r.getWriter().print(q.getSession().getAttribute("a")));
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/b").body()).isEqualTo("1");
        });
    }

    private void timeouts() {
        rule("ServletContext.setSessionTimeout", "is the sessions' timeout, in minutes", t -> {
            t.page(RuleServer.MINUTES, "/a", (q, r) -> {
                assertThat(q.getServletContext().getSessionTimeout()).isEqualTo(7);
                assertThat(q.getSession().getMaxInactiveInterval()).isEqualTo(420);
            });
            assertThat(t.browser(RuleServer.MINUTES).get("/a").status()).isEqualTo(200);
        });
        rule("7.5", "a timeout of the application of zero: sessions never end", t -> {
                    t.page(
                            RuleServer.ENDLESS,
                            "/a",
                            (q, r) -> assertThat(q.getSession().getMaxInactiveInterval())
                                    .isLessThanOrEqualTo(0));
                    assertThat(t.browser(RuleServer.ENDLESS).get("/a").status()).isEqualTo(200);
                })
                .filterDiffers(
                        "this container says zero also if nobody set a timeout",
                        t -> {
                            t.page(
                                    RuleServer.ENDLESS,
                                    "/a",
                                    (q, r) -> r.getWriter().print(q.getSession().getMaxInactiveInterval()));
                            assertThat(t.browser(RuleServer.ENDLESS).get("/a").body())
                                    .isEqualTo("1800");
                        },
                        Container.JETTY);
        rule("HttpSession.setMaxInactiveInterval", "is kept, in seconds", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setMaxInactiveInterval(77);
                        assertThat(q.getSession().getMaxInactiveInterval()).isEqualTo(77);
                    })
                    .page("/b", (q, r) -> r.getWriter().print(q.getSession().getMaxInactiveInterval()));
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/b").body()).isEqualTo("77");
        });
        for (int seconds : new int[] {0, -1, Integer.MIN_VALUE}) {
            rule("HttpSession.setMaxInactiveInterval", "of " + seconds + ": the session never ends", t -> {
                t.page("/a", (q, r) -> {
                            q.getSession().setMaxInactiveInterval(seconds);
                            assertThat(q.getSession().getMaxInactiveInterval()).isLessThanOrEqualTo(0);
                        })
                        .page(
                                "/b",
                                (q, r) ->
                                        r.getWriter().print(q.getSession(false).getMaxInactiveInterval() <= 0));
                Browser browser = t.browser();
                browser.get("/a");
                assertThat(browser.get("/b").body()).isEqualTo("true");
            });
        }
        rule("HttpSession.setMaxInactiveInterval", "takes the greatest number", t -> {
            t.page("/a", (q, r) -> q.getSession().setMaxInactiveInterval(Integer.MAX_VALUE))
                    .page(
                            "/b",
                            (q, r) -> r.getWriter().print(q.getSession(false).getMaxInactiveInterval()));
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/b").body()).isEqualTo("" + Integer.MAX_VALUE);
        });
        rule("HttpSession.setMaxInactiveInterval", "changes nothing else", t -> {
            t.page("/a", (q, r) -> {
                q.getSession().setAttribute("a", "1");
                q.getSession().setMaxInactiveInterval(77);
                assertThat(q.getSession(false)).isNotNull();
                assertThat(q.getSession().getAttribute("a")).isEqualTo("1");
            });
            t.get("/a");
        });
        rule("7.5", "a session that was not used for its timeout is not seen by a new request", t -> {
            t.page("/a", (q, r) -> q.getSession().setMaxInactiveInterval(1)).page("/b", (q, r) -> {
                HttpSession session = q.getSession(false);
                assertThat(q.isRequestedSessionIdValid()).isEqualTo(session != null);
                r.getWriter().print(session == null);
            });
            Browser browser = t.browser();
            browser.get("/a");
            // Asking uses the session, so the questions are further apart than its timeout.
            Awaitility.await()
                    .atMost(org.awaitility.Durations.ONE_MINUTE)
                    .pollDelay(1100, TimeUnit.MILLISECONDS)
                    .pollInterval(1500, TimeUnit.MILLISECONDS)
                    .until(() -> browser.get("/b").body().equals("true"));
        });
    }

    private void accesses() {
        rule("HttpSession.getCreationTime", "is when the session was made, and stays", t -> {
            t.page("/a", (q, r) -> r.getWriter().print(q.getSession().getCreationTime()));
            Browser browser = t.browser();
            long before = System.currentTimeMillis();
            String created = browser.get("/a").body();
            assertThat(Long.parseLong(created)).isBetween(before, System.currentTimeMillis());
            tick();
            assertThat(browser.get("/a").body()).isEqualTo(created);
        });
        rule("HttpSession.getLastAccessedTime", "of a new session is its creation", t -> {
            t.page("/a", (q, r) -> {
                assertThat(q.getSession().getLastAccessedTime())
                        .isEqualTo(q.getSession().getCreationTime());
            });
            t.get("/a");
        });
        rule("7.6", "is the time of the access before this request", t -> {
            t.page(
                    "/a",
                    (q, r) -> r.getWriter()
                            .print(System.currentTimeMillis() + " "
                                    + q.getSession().getLastAccessedTime()));
            Browser browser = t.browser();
            browser.get("/a");
            for (int i = 0; i < 3; i++) {
                long from = System.currentTimeMillis();
                tick();
                String[] second = browser.get("/a").body().split(" ");
                // Containers note the end of an access, which may come after its response.
                long latest = t.way == Way.CONTAINER ? Long.parseLong(second[0]) : from;
                assertThat(Long.parseLong(second[1])).isLessThanOrEqualTo(latest);
                tick();
                String[] third = browser.get("/a").body().split(" ");
                latest = Long.parseLong(third[0]) - (t.way == Way.CONTAINER ? 0 : 1);
                assertThat(Long.parseLong(third[1])).isBetween(from, latest);
            }
        });
        rule("HttpSession.getLastAccessedTime", "is not moved by what the application does", t -> {
            t.page("/a", (q, r) -> {
                HttpSession session = q.getSession();
                long accessed = session.getLastAccessedTime();
                tick();
                session.setAttribute("a", "1");
                session.getAttribute("a");
                q.getSession();
                assertThat(session.getLastAccessedTime()).isEqualTo(accessed);
            });
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/a").status()).isEqualTo(200);
        });
        rule("7.6", "a request that does not ask for the session counts as an access", t -> {
                    t.page("/a", (q, r) -> r.getWriter().print(q.getSession().getLastAccessedTime()))
                            .page("/other", (q, r) -> r.getWriter().print(System.currentTimeMillis()));
                    Browser browser = t.browser();
                    browser.get("/a");
                    tick();
                    long from = System.currentTimeMillis();
                    browser.get("/other");
                    tick();
                    assertThat(Long.parseLong(browser.get("/a").body())).isGreaterThanOrEqualTo(from);
                })
                .filterDiffers("a request that never asks for the session costs nothing", t -> {
                    t.page("/a", (q, r) -> r.getWriter().print(q.getSession().getLastAccessedTime()))
                            .page("/other", (q, r) -> r.getWriter().print("other"));
                    Browser browser = t.browser();
                    browser.get("/a");
                    tick();
                    long from = System.currentTimeMillis();
                    browser.get("/other");
                    tick();
                    assertThat(Long.parseLong(browser.get("/a").body())).isLessThan(from);
                });
    }
}
