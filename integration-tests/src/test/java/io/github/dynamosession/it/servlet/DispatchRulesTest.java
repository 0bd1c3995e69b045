// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.it.servlet.Browser.Answer;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import jakarta.servlet.http.HttpSession;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Servlet 6.1, chapters 7.2, 9 and 10.9: sessions through dispatches")
class DispatchRulesTest extends ServletRules {
    /** Where a dispatcher comes from. */
    interface Source {
        RequestDispatcher to(HttpServletRequest request, Trial trial);
    }

    private static final Map<String, Source> SOURCES = new LinkedHashMap<>();

    static {
        SOURCES.put("ServletRequest", (q, t) -> q.getRequestDispatcher(t.path("/target")));
        SOURCES.put("ServletRequest, relative", (q, t) -> q.getRequestDispatcher("target"));
        SOURCES.put("ServletContext", (q, t) -> q.getServletContext().getRequestDispatcher(t.path("/target")));
        SOURCES.put("ServletContext, by name", (q, t) -> q.getServletContext().getNamedDispatcher(RuleServer.NAMED));
        SOURCES.put(
                "the session's ServletContext",
                (q, t) -> q.getSession().getServletContext().getRequestDispatcher(t.path("/target")));
    }

    private static String show(HttpServletRequest q) {
        HttpSession session = q.getSession(false);
        return session == null ? "none" : session.isNew() + " " + session.getAttribute("a");
    }

    /** The page of the target, by path and by name. */
    private static void target(Trial t, TestServer.Page page) {
        t.page("/target", page).named("/a", page);
    }

    @Override
    void rules() {
        SOURCES.forEach((name, source) -> {
            forwarding(name, source);
            including(name, source);
        });
        wrappers();
        errors();
    }

    private void forwarding(String name, Source source) {
        rule("9.4", "forward by " + name + ": the target sees the session of the request, new or not", t -> {
            t.page("/a", (q, r) -> {
                q.getSession().setAttribute("a", "1");
                source.to(q, t).forward(q, r);
            });
            target(t, (q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            Answer answer = browser.get("/a");
            assertThat(answer.body()).isEqualTo("true 1");
            assertThat(answer.setCookies()).hasSize(1);
            answer = browser.get("/a");
            assertThat(answer.body()).isEqualTo("false 1");
            assertThat(answer.setCookies()).isEmpty();
        });
        if (!name.startsWith("the session's")) {
            rule("9.4", "forward by " + name + ": the target may make the session, change its id, or end it", t -> {
                t.page("/a", (q, r) -> source.to(q, t).forward(q, r))
                        .page("/b", (q, r) -> r.getWriter().print(show(q)));
                target(t, (q, r) -> {
                    q.getSession().setAttribute("a", "1");
                    if (q.getParameter("change") != null) {
                        q.changeSessionId();
                    }
                    if (q.getParameter("end") != null) {
                        q.getSession().invalidate();
                    }
                    r.getWriter().print("x");
                });
                Browser browser = t.browser();
                assertThat(browser.get("/a").setCookies()).hasSize(1);
                assertThat(browser.get("/b").body()).isEqualTo("false 1");
                String former = browser.session();
                assertThat(browser.get("/a?change=1").setCookies()).hasSize(1);
                assertThat(browser.session()).isNotEqualTo(former);
                assertThat(browser.get("/b").body()).isEqualTo("false 1");
                String last = browser.session();
                browser.get("/a?end=1");
                assertThat(t.browser().session(last).get("/b").body()).isEqualTo("none");
            });
        }
        rule("9.4", "forward by " + name + ": what is changed after it returns is kept", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession();
                        source.to(q, t).forward(q, r);
                        q.getSession().setAttribute("a", "late");
                    })
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            target(t, (q, r) -> r.getWriter().print("x"));
            Browser browser = t.browser();
            browser.get("/a");
            // A container may have sent the answer off when forward returned.
            org.awaitility.Awaitility.await()
                    .atMost(org.awaitility.Durations.ONE_MINUTE)
                    .untilAsserted(() -> assertThat(browser.get("/b").body()).isEqualTo("false late"));
        });
    }

    private void including(String name, Source source) {
        rule("9.3", "include by " + name + ": the target sees the session of the request, new or not", t -> {
            t.page("/a", (q, r) -> {
                q.getSession().setAttribute("a", "1");
                r.getWriter().print("[");
                source.to(q, t).include(q, r);
                r.getWriter().print("]");
            });
            target(t, (q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            assertThat(browser.get("/a").body()).isEqualTo("[true 1]");
            assertThat(browser.get("/a").body()).isEqualTo("[false 1]");
        });
        if (!name.startsWith("the session's")) {
            rule("9.3", "include by " + name + ": the target may make the session, and its cookie is sent", t -> {
                t.page("/a", (q, r) -> {
                            r.getWriter().print("[");
                            source.to(q, t).include(q, r);
                            r.getWriter().print("]" + show(q));
                        })
                        .page("/b", (q, r) -> r.getWriter().print(show(q)));
                target(t, (q, r) -> q.getSession().setAttribute("a", "1"));
                Browser browser = t.browser();
                Answer answer = browser.get("/a");
                assertThat(answer.body()).isEqualTo("[]true 1");
                assertThat(answer.setCookies()).hasSize(1);
                assertThat(browser.get("/b").body()).isEqualTo("false 1");
            });
            rule("9.3", "include by " + name + ": of a committed response, the target cannot make a session", t -> {
                t.page("/a", (q, r) -> {
                    r.flushBuffer();
                    source.to(q, t).include(q, r);
                });
                target(t, (q, r) -> assertThatThrownBy(q::getSession).isInstanceOf(IllegalStateException.class));
                t.get("/a");
            });
        }
        rule("9.3", "include by " + name + ": headers of the target are ignored, the session's changes are not", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession();
                        source.to(q, t).include(q, r);
                        source.to(q, t).include(q, r);
                    })
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            target(t, (q, r) -> {
                r.setHeader("X-Target", "1");
                HttpSession session = q.getSession();
                Object before = session.getAttribute("a");
                session.setAttribute("a", before == null ? 1 : (Integer) before + 1);
            });
            Browser browser = t.browser();
            assertThat(browser.get("/a").response().headers().firstValue("X-Target"))
                    .isEmpty();
            assertThat(browser.get("/b").body()).isEqualTo("false 2");
        });
        rule("9.3", "include by " + name + ": a redirect or error of the target is ignored", t -> {
            t.page("/a", (q, r) -> {
                q.getSession().setAttribute("a", "1");
                source.to(q, t).include(q, r);
                r.getWriter().print("after");
            });
            target(t, (q, r) -> r.sendRedirect("/elsewhere"));
            Answer answer = t.get("/a");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("after");
        });
    }

    private void wrappers() {
        rule("6.2.2", "an application's own wrappers around a dispatch see the same session", t -> {
            t.page("/a", (q, r) -> {
                        HttpServletRequest request = new HttpServletRequestWrapper(q);
                        request.getSession().setAttribute("a", "1");
                        q.getRequestDispatcher(t.path("/b")).forward(request, new HttpServletResponseWrapper(r));
                    })
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            assertThat(t.get("/a").body()).isEqualTo("true 1");
        });
        rule("6.2.2", "an application may wrap the session, and unwrap the request to the container's", t -> {
            t.page("/a", (q, r) -> {
                ServletRequest bottom = q;
                while (bottom instanceof ServletRequestWrapper wrapper) {
                    bottom = wrapper.getRequest();
                }
                assertThat(bottom).isInstanceOf(HttpServletRequest.class);
                assertThat(q.equals(bottom)).isTrue();
                assertThat(q.hashCode()).isEqualTo(bottom.hashCode());
                assertThat(q.equals(q)).isTrue();
                assertThat(q.equals(null)).isFalse();
                assertThat(q.equals("x")).isFalse();
            });
            assertThat(t.get("/a").status()).isEqualTo(200);
        });
        rule("6.2.2", "wrappers are found again by isWrapperFor", t -> {
            t.page("/a", (q, r) -> {
                HttpServletRequestWrapper request = new HttpServletRequestWrapper(q);
                assertThat(request.isWrapperFor(q)).isTrue();
                HttpServletResponseWrapper response = new HttpServletResponseWrapper(r);
                assertThat(response.isWrapperFor(r)).isTrue();
            });
            assertThat(t.get("/a").status()).isEqualTo(200);
        });
        rule("6.2.2", "a dispatch with plain ServletRequest and ServletResponse wrappers works", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        q.getRequestDispatcher(t.path("/b"))
                                .forward(new ServletRequestWrapper(q), new ServletResponseWrapper(r));
                    })
                    .page("/b", (q, r) -> r.getWriter().print("reached"));
            // HttpServlet wants HTTP objects; what matters is that the session is kept either way.
            Browser browser = t.browser();
            browser.get("/a");
            t.page("/c", (q, r) -> r.getWriter().print(show(q)));
            assertThat(browser.get("/c").body()).isEqualTo("false 1");
        });
        rule("3.3", "no request attributes are left by sessions", t -> {
                    t.page("/a", (q, r) -> {
                        // Jetty parses cookies and parameters into attributes of its own.
                        q.getCookies();
                        q.getParameterMap();
                        var before = java.util.Collections.list(q.getAttributeNames());
                        q.getSession().setAttribute("a", "1");
                        q.changeSessionId();
                        q.getSession().invalidate();
                        assertThat(java.util.Collections.list(q.getAttributeNames()))
                                .containsExactlyInAnyOrderElementsOf(before);
                    });
                    assertThat(t.get("/a").status()).isEqualTo(200);
                })
                .ownSessionsBreak("a new session's id is kept in one", Container.JETTY);
    }

    /** Ways in which a page fails. */
    private enum Failing {
        SEND_ERROR {
            @Override
            void fail(HttpServletResponse response) throws Exception {
                response.sendError(500);
            }
        },
        SEND_ERROR_WITH_MESSAGE {
            @Override
            void fail(HttpServletResponse response) throws Exception {
                response.sendError(500, "message");
            }
        },
        RUNTIME_EXCEPTION {
            @Override
            void fail(HttpServletResponse response) {
                throw new IllegalArgumentException("an application failed, for a test");
            }
        },
        IO_EXCEPTION {
            @Override
            void fail(HttpServletResponse response) throws Exception {
                throw new java.io.IOException("an application failed, for a test");
            }
        },
        SERVLET_EXCEPTION {
            @Override
            void fail(HttpServletResponse response) throws Exception {
                throw new ServletException("an application failed, for a test");
            }
        },
        ERROR {
            @Override
            void fail(HttpServletResponse response) {
                throw new LinkageError("an application failed, for a test");
            }
        };

        abstract void fail(HttpServletResponse response) throws Exception;
    }

    private void errors() {
        for (Failing failing : Failing.values()) {
            rule("10.9", "the error page sees the session of the failed request: " + failing, t -> {
                t.page("/a", (q, r) -> {
                            q.getSession().setAttribute("a", "1");
                            failing.fail(r);
                        })
                        .errorPage((q, r) -> r.getWriter().print(show(q)));
                Browser browser = t.browser();
                Answer answer = browser.get("/a");
                assertThat(answer.status()).isEqualTo(500);
                assertThat(answer.body()).isEqualTo("true 1");
                assertThat(answer.setCookies()).hasSize(1);
                answer = browser.get("/a");
                assertThat(answer.body()).isEqualTo("false 1");
                assertThat(answer.setCookies()).isEmpty();
            });
            rule("10.9", "what the error page does to the session is kept: " + failing, t -> {
                t.page("/a", (q, r) -> failing.fail(r))
                        .errorPage((q, r) -> {
                            q.getSession().setAttribute("a", "2");
                            r.getWriter().print("page");
                        })
                        .page("/b", (q, r) -> r.getWriter().print(show(q)));
                Browser browser = t.browser();
                Answer answer = browser.get("/a");
                assertThat(answer.body()).isEqualTo("page");
                assertThat(answer.setCookies()).hasSize(1);
                assertThat(browser.get("/b").body()).isEqualTo("false 2");
            });
            rule("10.9", "the error page may change the id or end the session: " + failing, t -> {
                t.page("/a", (q, r) -> {
                            q.getSession().setAttribute("a", "1");
                            failing.fail(r);
                        })
                        .errorPage((q, r) -> {
                            if (q.getParameter("end") != null) {
                                q.getSession().invalidate();
                                assertThat(q.getSession(false)).isNull();
                            } else {
                                q.changeSessionId();
                            }
                        })
                        .page("/b", (q, r) -> r.getWriter().print(show(q)));
                Browser browser = t.browser();
                browser.get("/a");
                assertThat(browser.get("/b").body()).isEqualTo("false 1");
                String former = browser.session();
                assertThat(browser.get("/a").setCookies()).hasSize(1);
                assertThat(browser.session()).isNotEqualTo(former);
                String last = browser.session();
                browser.get("/a?end=1");
                assertThat(t.browser().session(last).get("/b").body()).isEqualTo("none");
            });
        }
        rule("10.9", "the error page of a request that has no session may ask for one that is not there", t -> {
            t.page("/a", (q, r) -> r.sendError(404))
                    .errorPage((q, r) -> r.getWriter().print(show(q)));
            Answer answer = t.browser().session("A".repeat(43)).get("/a");
            assertThat(answer.body()).isEqualTo("none");
            assertThat(answer.setCookies()).isEmpty();
        });
        rule("10.9", "a forward to a page that fails: its error page sees the session", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        q.getRequestDispatcher(t.path("/b")).forward(q, r);
                    })
                    .page("/b", (q, r) -> {
                        throw new IllegalArgumentException("an application failed, for a test");
                    })
                    .errorPage((q, r) -> r.getWriter().print(show(q)));
            assertThat(t.get("/a").body()).isEqualTo("true 1");
        });
        rule("10.9", "a failure after the commit: what was set is kept", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        r.getWriter().print("x");
                        r.flushBuffer();
                        q.getSession().setAttribute("a", "2");
                        throw new IllegalArgumentException("an application failed, for a test");
                    })
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            var running = browser.start("/a");
            try {
                running.join();
            } catch (java.util.concurrent.CompletionException e) {
                // The container may cut the connection; the cookie is known from the next line on anyway.
                assertThat(e).isNotNull();
            }
            if (browser.session() != null) {
                assertThat(browser.get("/b").body()).isEqualTo("false 2");
            }
        });
    }
}
