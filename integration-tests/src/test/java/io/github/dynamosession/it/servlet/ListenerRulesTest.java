// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.it.servlet.Browser.Answer;
import io.github.dynamosession.it.servlet.RuleListener.Bound;
import jakarta.servlet.http.HttpSession;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;

/** The listeners are declared to the container with {@code addListener} alone: the filter has to find them. */
@DisplayName("Servlet 6.1, chapter 11: listeners of sessions")
class ListenerRulesTest extends ServletRules {
    private static final String APPLICATION = RuleServer.LISTENERS;

    @Override
    void rules() {
        life();
        ids();
        attributes();
        binding();
        exceptions();
        insideOfListeners();
    }

    private static void told(String... events) {
        assertThat(RuleListener.EVENTS).containsExactly(events);
        RuleListener.EVENTS.clear();
    }

    /** A rule about what happens in one page, on a session of its own. */
    private Rule inPage(String section, String text, Within within) {
        return rule(section, text, t -> {
            RuleListener.reset();
            t.page(APPLICATION, "/a", (q, r) -> {
                HttpSession session = q.getSession();
                RuleListener.EVENTS.clear();
                within.check(session);
            });
            ok(t.browser(APPLICATION).get("/a"));
        });
    }

    private static void ok(Answer answer) {
        assertThat(answer.status()).isEqualTo(200);
    }

    private interface Within {
        void check(HttpSession session) throws Exception;
    }

    private void life() {
        rule("11.2.1", "HttpSessionListeners are told inside of getSession, in order of registration", t -> {
            RuleListener.reset();
            t.page(APPLICATION, "/a", (q, r) -> {
                q.getSession();
                told("1 created", "2 created");
                q.getSession();
                told();
            });
            ok(t.browser(APPLICATION).get("/a"));
        });
        rule("11.2.1", "nobody is told of a session that is joined", t -> {
            RuleListener.reset();
            t.page(APPLICATION, "/a", (q, r) -> q.getSession());
            Browser browser = t.browser(APPLICATION);
            ok(browser.get("/a"));
            RuleListener.EVENTS.clear();
            ok(browser.get("/a"));
            told();
        });
        inPage("8.2.3", "HttpSessionListeners are told inside of invalidate, in the reverse order", session -> {
            session.invalidate();
            told("2 destroyed", "1 destroyed");
        });
        rule("HttpSessionListener.sessionDestroyed", "the session can still be used", t -> {
            RuleListener.reset();
            AtomicReference<List<Object>> seen = new AtomicReference<>();
            t.page(APPLICATION, "/a", (q, r) -> q.getSession().setAttribute("a", "x"))
                    .page(APPLICATION, "/b", (q, r) -> {
                        HttpSession session = q.getSession();
                        String id = session.getId();
                        RuleListener.at(
                                "2 destroyed",
                                ending -> seen.set(List.of(
                                        ending.getAttribute("a"),
                                        Collections.list(ending.getAttributeNames()),
                                        ending.getCreationTime() > 0,
                                        ending.getLastAccessedTime() > 0,
                                        ending.getId().equals(id))));
                        session.invalidate();
                        assertThat(seen.get()).containsExactly("x", List.of("a"), true, true, true);
                    });
            Browser browser = t.browser(APPLICATION);
            ok(browser.get("/a"));
            ok(browser.get("/b"));
        });
        rule("HttpSession.invalidate", "attributes of former requests are removed and told of", t -> {
            RuleListener.reset();
            t.page(APPLICATION, "/a", (q, r) -> {
                        q.getSession().setAttribute("a", "x");
                        q.getSession().setAttribute("v", Bound.of("v"));
                    })
                    .page(APPLICATION, "/b", (q, r) -> {
                        HttpSession session = q.getSession();
                        RuleListener.EVENTS.clear();
                        session.invalidate();
                        assertThat(RuleListener.EVENTS.subList(0, 2)).containsExactly("2 destroyed", "1 destroyed");
                        assertThat(RuleListener.EVENTS)
                                .hasSize(7)
                                .containsOnlyOnce(
                                        "v unbound v",
                                        "1 removed a=x",
                                        "2 removed a=x",
                                        "1 removed v=v",
                                        "2 removed v=v");
                    });
            Browser browser = t.browser(APPLICATION);
            ok(browser.get("/a"));
            ok(browser.get("/b"));
        });
        inPage("HttpSession.invalidate", "twice: the second is told to nobody", session -> {
            session.invalidate();
            RuleListener.EVENTS.clear();
            assertThatThrownBy(session::invalidate).isInstanceOf(IllegalStateException.class);
            told();
        });
    }

    private void ids() {
        rule("HttpSessionIdListener", "is told inside of changeSessionId, in order, and sees the new id", t -> {
                    RuleListener.reset();
                    t.page(APPLICATION, "/a", (q, r) -> {
                        q.getSession().setAttribute("a", "x");
                        RuleListener.EVENTS.clear();
                        q.changeSessionId();
                        told("1 renamed true", "2 renamed true");
                    });
                    ok(t.browser(APPLICATION).get("/a"));
                })
                .ownSessionsBreak("tells each listener twice", Container.UNDERTOW);
    }

    private void attributes() {
        inPage("HttpSessionAttributeListener", "is told of what is added, in order", session -> {
            session.setAttribute("a", "x");
            told("1 added a=x", "2 added a=x");
        });
        inPage("HttpSessionAttributeListener.attributeReplaced", "is told the former value", session -> {
            session.setAttribute("a", "x");
            RuleListener.EVENTS.clear();
            session.setAttribute("a", "y");
            told("1 replaced a=x", "2 replaced a=x");
        });
        inPage("HttpSessionAttributeListener.attributeRemoved", "is told the value", session -> {
            session.setAttribute("a", "x");
            RuleListener.EVENTS.clear();
            session.removeAttribute("a");
            told("1 removed a=x", "2 removed a=x");
        });
        inPage("HttpSession.setAttribute", "null removes, and is told as that", session -> {
            session.setAttribute("a", "x");
            RuleListener.EVENTS.clear();
            session.setAttribute("a", null);
            told("1 removed a=x", "2 removed a=x");
        });
        inPage("HttpSession.removeAttribute", "of a name that is not there is told to nobody", session -> {
            session.removeAttribute("a");
            session.setAttribute("a", null);
            told();
        });
        rule("HttpSessionAttributeListener", "is told the values that other requests have set", t -> {
            RuleListener.reset();
            t.page(APPLICATION, "/a", (q, r) -> {
                        q.getSession().setAttribute("a", "x");
                        q.getSession().setAttribute("b", "z");
                    })
                    .page(APPLICATION, "/b", (q, r) -> {
                        RuleListener.EVENTS.clear();
                        q.getSession().setAttribute("a", "y");
                        q.getSession().removeAttribute("b");
                        told("1 replaced a=x", "2 replaced a=x", "1 removed b=z", "2 removed b=z");
                    });
            Browser browser = t.browser(APPLICATION);
            ok(browser.get("/a"));
            ok(browser.get("/b"));
        });
    }

    private void binding() {
        inPage("7.4", "valueBound is told before the value can be had", session -> {
                    AtomicReference<Object> seen = new AtomicReference<>("nobody");
                    RuleListener.at("v bound a", bound -> seen.set(bound.getAttribute("a")));
                    session.setAttribute("a", Bound.of("v"));
                    assertThat(seen.get()).isNull();
                    assertThat(session.getAttribute("a")).isEqualTo(Bound.of("v"));
                })
                .ownSessionsBreak("tells it after", Container.JETTY, Container.UNDERTOW);
        inPage("7.4", "valueUnbound is told when the value can no longer be had: replaced", session -> {
            session.setAttribute("a", Bound.of("v"));
            AtomicReference<Object> seen = new AtomicReference<>("nobody");
            RuleListener.at("v unbound a", unbound -> seen.set(unbound.getAttribute("a")));
            session.setAttribute("a", "other");
            assertThat(seen.get()).isEqualTo("other");
        });
        inPage("7.4", "valueUnbound is told when the value can no longer be had: removed", session -> {
            session.setAttribute("a", Bound.of("v"));
            AtomicReference<Object> seen = new AtomicReference<>("nobody");
            RuleListener.at("v unbound a", unbound -> seen.set(unbound.getAttribute("a")));
            session.removeAttribute("a");
            assertThat(seen.get()).isNull();
        });
        inPage("7.4", "valueUnbound is told when the value can no longer be had: the session has ended", session -> {
            session.setAttribute("a", Bound.of("v"));
            RuleListener.at("v unbound a", unbound -> {
                try {
                    assertThat(unbound.getAttribute("a")).isNull();
                } catch (IllegalStateException e) {
                    // Tomcat: the session is not valid any more.
                }
            });
            session.invalidate();
            assertThat(RuleListener.EVENTS).containsOnlyOnce("v unbound a");
        });
        inPage("7.4", "values are told before attribute listeners", session -> {
                    session.setAttribute("a", Bound.of("v"));
                    told("v bound a", "1 added a=v", "2 added a=v");
                    session.removeAttribute("a");
                    told("v unbound a", "1 removed a=v", "2 removed a=v");
                })
                .ownSessionsBreak("tells attribute listeners first", Container.UNDERTOW);
        inPage("HttpSession.setAttribute", "a new value is bound, the former one unbound", session -> {
            session.setAttribute("a", Bound.of("v"));
            RuleListener.EVENTS.clear();
            session.setAttribute("a", Bound.of("w"));
            assertThat(RuleListener.EVENTS).hasSize(4).containsOnlyOnce("w bound a", "v unbound a");
        });
        inPage("HttpSessionBindingListener", "a value that is set again is neither bound nor unbound", session -> {
                    Bound value = Bound.of("v");
                    session.setAttribute("a", value);
                    RuleListener.EVENTS.clear();
                    session.setAttribute("a", value);
                    assertThat(RuleListener.EVENTS).doesNotContain("v bound a", "v unbound a");
                })
                .ownSessionsBreak("binds it again", Container.UNDERTOW);
        inPage("HttpSessionBindingListener", "a value under two names is bound and unbound twice", session -> {
            Bound value = Bound.of("v");
            session.setAttribute("a", value);
            session.setAttribute("b", value);
            session.removeAttribute("a");
            session.removeAttribute("b");
            assertThat(RuleListener.EVENTS).contains("v bound a", "v bound b", "v unbound a", "v unbound b");
        });
        rule("HttpSessionBindingListener", "values of former requests are told, too", t -> {
                    RuleListener.reset();
                    t.page(APPLICATION, "/a", (q, r) -> q.getSession().setAttribute("a", Bound.of("v")))
                            .page(APPLICATION, "/b", (q, r) -> {
                                HttpSession session = q.getSession();
                                RuleListener.EVENTS.clear();
                                session.setAttribute("a", "x");
                                assertThat(RuleListener.EVENTS).containsOnlyOnce("v unbound a", "1 replaced a=v");
                            });
                    Browser browser = t.browser(APPLICATION);
                    ok(browser.get("/a"));
                    told("1 created", "2 created", "v bound a", "1 added a=v", "2 added a=v");
                    ok(browser.get("/b"));
                })
                .ownSessionsBreak("tells attribute listeners first", Container.UNDERTOW);
    }

    private static void fail(HttpSession session) {
        throw new IllegalArgumentException("asked for");
    }

    private void exceptions() {
        rule("11.6", "of sessionCreated do not reach the application", t -> {
            RuleListener.reset();
            RuleListener.at("1 created", ListenerRulesTest::fail);
            t.page(APPLICATION, "/a", (q, r) -> q.getSession().setAttribute("a", "x"));
            Answer answer = t.browser(APPLICATION).get("/a");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.setCookies()).hasSize(1);
        });
        rule("11.6", "of sessionCreated do not keep the next listener from being told", t -> {
                    RuleListener.reset();
                    RuleListener.at("1 created", ListenerRulesTest::fail);
                    t.page(APPLICATION, "/a", (q, r) -> q.getSession());
                    ok(t.browser(APPLICATION).get("/a"));
                    told("1 created", "2 created");
                })
                .ownSessionsBreak("tells no more listeners, as the section allows", Container.JETTY);
        inPage("11.6", "of sessionDestroyed do not reach the application: the session ends", session -> {
            session.setAttribute("v", Bound.of("v"));
            RuleListener.EVENTS.clear();
            RuleListener.at("1 destroyed", ListenerRulesTest::fail);
            session.invalidate();
            assertThat(RuleListener.EVENTS).contains("2 destroyed", "1 destroyed", "v unbound v");
            assertThatThrownBy(() -> session.getAttribute("v")).isInstanceOf(IllegalStateException.class);
        });
        rule("11.6", "of sessionIdChanged do not reach the application", t -> {
            RuleListener.reset();
            t.page(APPLICATION, "/a", (q, r) -> {
                String former = q.getSession().getId();
                RuleListener.at("1 renamed true", ListenerRulesTest::fail);
                assertThat(q.changeSessionId()).isNotEqualTo(former);
                assertThat(RuleListener.EVENTS).contains("1 renamed true");
            });
            ok(t.browser(APPLICATION).get("/a"));
        });
        inPage("11.6", "of attribute listeners do not reach the application", session -> {
                    RuleListener.at("1 added a=x", ListenerRulesTest::fail);
                    session.setAttribute("a", "x");
                    told("1 added a=x", "2 added a=x");
                    RuleListener.at("1 replaced a=x", ListenerRulesTest::fail);
                    session.setAttribute("a", "y");
                    RuleListener.at("1 removed a=y", ListenerRulesTest::fail);
                    session.removeAttribute("a");
                    assertThat(session.getAttribute("a")).isNull();
                })
                .ownSessionsBreak("passes them on, as the section allows", Container.JETTY);
        inPage("11.6", "of a value that is bound reach the application", session -> {
                    RuleListener.at("v bound a", ListenerRulesTest::fail);
                    assertThatThrownBy(() -> session.setAttribute("a", Bound.of("v")))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessage("asked for");
                })
                .ownSessionsBreak("logs them", Container.TOMCAT);
        inPage("11.6", "of a value that is removed reach the application", session -> {
            session.setAttribute("a", Bound.of("v"));
            RuleListener.at("v unbound a", ListenerRulesTest::fail);
            assertThatThrownBy(() -> session.removeAttribute("a"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("asked for");
            assertThat(session.getAttribute("a")).isNull();
        });
        inPage("HttpSession.invalidate", "ends the session whatever its values throw", session -> {
                    session.setAttribute("a", Bound.of("v"));
                    session.setAttribute("b", Bound.of("v"));
                    RuleListener.at("v unbound a", ListenerRulesTest::fail);
                    session.invalidate();
                    assertThat(RuleListener.EVENTS)
                            .contains("v unbound a", "v unbound b", "1 removed a=v", "1 removed b=v");
                    assertThatThrownBy(() -> session.getAttribute("a")).isInstanceOf(IllegalStateException.class);
                })
                .ownSessionsBreak("passes the exception on", Container.TOMCAT, Container.UNDERTOW)
                .ownSessionsBreak("tells no attribute listener of that value", Container.JETTY);
    }

    private void insideOfListeners() {
        rule("HttpSessionListener.sessionCreated", "may set attributes, which are kept", t -> {
            RuleListener.reset();
            RuleListener.at("1 created", session -> session.setAttribute("a", "x"));
            t.page(
                    APPLICATION,
                    "/a",
                    (q, r) -> r.getWriter().print(q.getSession().getAttribute("a")));
            Browser browser = t.browser(APPLICATION);
            assertThat(browser.get("/a").body()).isEqualTo("x");
            assertThat(browser.get("/a").body()).isEqualTo("x");
            told("1 created", "1 added a=x", "2 added a=x", "2 created");
        });
        rule("HttpSessionListener.sessionDestroyed", "may set attributes; the session ends nevertheless", t -> {
            RuleListener.reset();
            t.page(APPLICATION, "/a", (q, r) -> q.getSession())
                    .page(APPLICATION, "/b", (q, r) -> {
                        HttpSession session = q.getSession();
                        RuleListener.at("2 destroyed", ending -> ending.setAttribute("a", "x"));
                        session.invalidate();
                        assertThat(RuleListener.EVENTS).containsOnlyOnce("1 added a=x", "1 removed a=x");
                    })
                    .page(
                            APPLICATION,
                            "/c",
                            (q, r) -> assertThat(q.getSession(false)).isNull());
            Browser browser = t.browser(APPLICATION);
            ok(browser.get("/a"));
            String id = browser.session();
            ok(browser.get("/b"));
            ok(browser.session(id).get("/c"));
        });
        inPage("HttpSessionListener.sessionDestroyed", "may invalidate again: nobody is told again", session -> {
            session.setAttribute("v", Bound.of("v"));
            RuleListener.EVENTS.clear();
            RuleListener.at("2 destroyed", ending -> {
                try {
                    ending.invalidate();
                } catch (IllegalStateException e) {
                    // Undertow: it is invalid already.
                }
            });
            session.invalidate();
            assertThat(RuleListener.EVENTS)
                    .hasSize(5)
                    .containsOnlyOnce("2 destroyed", "1 destroyed", "v unbound v", "1 removed v=v", "2 removed v=v");
        });
        inPage("HttpSession.invalidate", "by an attribute listener ends the session, once", session -> {
            RuleListener.at("1 added a=x", HttpSession::invalidate);
            session.setAttribute("a", "x");
            assertThat(RuleListener.EVENTS).containsOnlyOnce("1 destroyed", "2 destroyed", "1 removed a=x");
            assertThatThrownBy(() -> session.getAttribute("a")).isInstanceOf(IllegalStateException.class);
        });
        inPage("HttpSession.invalidate", "by a value that is unbound ends the session, once", session -> {
            session.setAttribute("a", Bound.of("v"));
            RuleListener.at("v unbound a", HttpSession::invalidate);
            session.removeAttribute("a");
            assertThat(RuleListener.EVENTS).containsOnlyOnce("1 destroyed", "2 destroyed", "v unbound a");
            assertThatThrownBy(() -> session.getAttribute("a")).isInstanceOf(IllegalStateException.class);
        });
        inPage("7.4", "a value may set another attribute while it is bound", session -> {
            RuleListener.at("v bound a", bound -> bound.setAttribute("b", "y"));
            session.setAttribute("a", Bound.of("v"));
            assertThat(session.getAttribute("a")).isEqualTo(Bound.of("v"));
            assertThat(session.getAttribute("b")).isEqualTo("y");
        });
        rule("HttpServletRequest.changeSessionId", "by an attribute listener gives the session a new id", t -> {
            RuleListener.reset();
            t.page(APPLICATION, "/a", (q, r) -> {
                        HttpSession session = q.getSession();
                        RuleListener.at("1 added a=x", changed -> q.changeSessionId());
                        session.setAttribute("a", "x");
                        assertThat(RuleListener.EVENTS).contains("1 renamed true", "2 added a=x");
                    })
                    .page(
                            APPLICATION,
                            "/b",
                            (q, r) -> r.getWriter().print(q.getSession().getAttribute("a")));
            Browser browser = t.browser(APPLICATION);
            assertThat(browser.get("/a").setCookies()).hasSize(1);
            assertThat(browser.get("/b").body()).isEqualTo("x");
        });
        rule("HttpServletRequest.changeSessionId", "while the session ends does not keep it from ending", t -> {
            RuleListener.reset();
            t.page(APPLICATION, "/a", (q, r) -> q.getSession()).page(APPLICATION, "/b", (q, r) -> {
                HttpSession session = q.getSession();
                session.setAttribute("a", "x");
                RuleListener.at("2 destroyed", ending -> {
                    try {
                        q.changeSessionId();
                    } catch (IllegalStateException e) {
                        // There is no session any more.
                    }
                });
                session.invalidate();
                assertThat(RuleListener.EVENTS).containsOnlyOnce("1 destroyed", "1 removed a=x");
                assertThatThrownBy(() -> session.getAttribute("a")).isInstanceOf(IllegalStateException.class);
                assertThat(q.getSession(false)).isNull();
            });
            Browser browser = t.browser(APPLICATION);
            ok(browser.get("/a"));
            ok(browser.get("/b"));
        });
    }
}
