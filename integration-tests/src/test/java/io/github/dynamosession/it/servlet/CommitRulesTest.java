// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.it.servlet.Browser.Answer;
import io.github.dynamosession.it.servlet.CommitTest.Route;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Servlet 6.1, chapter 5: the response is committed")
class CommitRulesTest extends ServletRules {
    private static final String NO_61 = "a container of Servlet 6.0";

    private static Map<String, Route> routes() {
        Map<String, Route> routes = new LinkedHashMap<>(CommitTest.routes());
        for (String charset : List.of("US-ASCII", "ISO-8859-1", "UTF-8", "UTF-16", "Shift_JIS", "GB18030", "UTF-32")) {
            routes.put("a full buffer of text in " + charset, response -> {
                response.setCharacterEncoding(charset);
                String text = charset.startsWith("US") || charset.startsWith("ISO") ? "a" : "\u3042";
                for (int i = 0; i < 10; i++) {
                    response.getWriter().print(text.repeat(response.getBufferSize() / 8));
                }
            });
        }
        routes.put(
                "a full buffer by format",
                response -> response.getWriter().format("%" + (response.getBufferSize() + 1) + "s", "x"));
        routes.put("a full buffer by write(char[], int, int)", response -> {
            char[] text = "x".repeat(response.getBufferSize() + 10).toCharArray();
            response.getWriter().write(text, 1, text.length - 1);
        });
        routes.put(
                "a full buffer by write(String, int, int)",
                response -> response.getWriter()
                        .write("x".repeat(response.getBufferSize() + 10), 1, response.getBufferSize() + 9));
        routes.put(
                "a full buffer by println(Object)",
                response -> response.getWriter().println(List.of("x".repeat(response.getBufferSize() + 10))));
        routes.put(
                "a full buffer by print(String) of the stream",
                response -> response.getOutputStream().print("x".repeat(response.getBufferSize() + 10)));
        routes.put("a content length of zero", response -> response.setContentLength(0));
        routes.put("a content length by addIntHeader", response -> {
            response.addIntHeader("content-length", 3);
            response.getOutputStream().write(new byte[3]);
        });
        routes.put("a content length by addHeader", response -> {
            response.addHeader("CONTENT-LENGTH", "3");
            response.getOutputStream().write(new byte[3]);
        });
        routes.put("writing after resetBuffer", response -> {
            response.getOutputStream().write(new byte[100]);
            response.resetBuffer();
            response.getOutputStream().write(new byte[response.getBufferSize() * 2]);
        });
        routes.put("sendRedirect to another host", response -> response.sendRedirect("http://example.org/"));
        return routes;
    }

    @Override
    void rules() {
        routes().forEach((name, route) -> {
            rule("5.1", "what was set before is there for the next request, even if it comes at once: " + name, t -> {
                committed(t, route);
            });
            if (!name.startsWith("sendError")) {
                rule("5.1", "the same on an asynchronous thread: " + name, t -> async(t, route));
            }
        });
        CommitTest.routesOf61().forEach((name, route) -> {
            rule(
                            "HttpServletResponse",
                            "Servlet 6.1: what was set before is there for the next request: " + name,
                            t -> {
                                committed(t, route);
                            })
                    .absent(NO_61, Container.UNDERTOW);
        });
        nonBlocking();
        resetting();
        errors();
        hints();
    }

    private static void committed(Trial t, Route route) {
        t.page("/a", (q, r) -> {
                    q.getSession().setAttribute("a", "1");
                    route.commit(r);
                })
                .page("/b", (q, r) -> {
                    HttpSession session = q.getSession(false);
                    r.getWriter().print(session == null ? "lost" : session.isNew() + " " + session.getAttribute("a"));
                })
                .errorPage((q, r) -> r.getWriter().print("error page"));
        Browser browser = t.browser();
        Answer answer = browser.get("/a");
        assertThat(answer.setCookies()).hasSize(1);
        assertThat(browser.get("/b").body()).isEqualTo("false 1");
    }

    private static void async(Trial t, Route route) {
        t.page("/a", (q, r) -> {
                    AsyncContext async = q.startAsync();
                    async.start(t.guarded(() -> {
                        try {
                            ((HttpServletRequest) async.getRequest())
                                    .getSession()
                                    .setAttribute("a", "1");
                            route.commit((HttpServletResponse) async.getResponse());
                        } finally {
                            async.complete();
                        }
                    }));
                })
                .page("/b", (q, r) -> {
                    HttpSession session = q.getSession(false);
                    r.getWriter().print(session == null ? "lost" : session.isNew() + " " + session.getAttribute("a"));
                });
        Browser browser = t.browser();
        assertThat(browser.get("/a").setCookies()).hasSize(1);
        assertThat(browser.get("/b").body()).isEqualTo("false 1");
    }

    private void nonBlocking() {
        rule("5.4", "non-blocking writes: what was set before them is there for the next request", t -> {
            t.page("/a", (q, r) -> {
                        AsyncContext async = q.startAsync();
                        q.getSession().setAttribute("a", "1");
                        ServletOutputStream out = r.getOutputStream();
                        byte[] chunk = new byte[r.getBufferSize()];
                        out.setWriteListener(new WriteListener() {
                            private int written;

                            @Override
                            public void onWritePossible() throws IOException {
                                while (out.isReady()) {
                                    if (written++ == 5) {
                                        async.complete();
                                        return;
                                    }
                                    out.write(chunk);
                                }
                            }

                            @Override
                            public void onError(Throwable thrown) {
                                async.complete();
                            }
                        });
                    })
                    .page("/b", (q, r) -> r.getWriter().print(q.getSession().getAttribute("a")));
            Browser browser = t.browser();
            assertThat(browser.get("/a").setCookies()).hasSize(1);
            assertThat(browser.get("/b").body()).isEqualTo("1");
        });
        rule("5.1", "what is changed after the commit is there when the request has ended", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        r.getWriter().print("x");
                        r.flushBuffer();
                        q.getSession().setAttribute("a", "2");
                        r.getWriter().print("y");
                    })
                    .page("/b", (q, r) -> r.getWriter().print(q.getSession().getAttribute("a")));
            Browser browser = t.browser();
            assertThat(browser.get("/a").body()).isEqualTo("xy");
            assertThat(browser.get("/b").body()).isEqualTo("2");
        });
        rule("5.1", "a client that has the first bytes can join while the request goes on", t -> {
            CountDownLatch joined = new CountDownLatch(1);
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        r.getWriter().print("<" + q.getSession().getId() + ">");
                        r.flushBuffer();
                        t.seen.add(q.getSession().getId());
                        joined.await(60, TimeUnit.SECONDS);
                    })
                    .page("/b", (q, r) -> {
                        HttpSession session = q.getSession(false);
                        r.getWriter().print(session == null ? "lost" : session.getAttribute("a"));
                    });
            Browser browser = t.browser();
            var running = browser.start("/a");
            org.awaitility.Awaitility.await()
                    .atMost(org.awaitility.Durations.ONE_MINUTE)
                    .until(() -> !t.seen.isEmpty());
            try {
                assertThat(t.browser().session((String) t.seen.get(0)).get("/b").body())
                        .isEqualTo("1");
            } finally {
                joined.countDown();
                running.join();
            }
        });
    }

    private void resetting() {
        rule("5.1", "resetBuffer leaves the session and its cookie", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        r.getWriter().print("gone");
                        r.resetBuffer();
                        r.getWriter().print("stays");
                    })
                    .page("/b", (q, r) -> r.getWriter().print(q.getSession().getAttribute("a")));
            Browser browser = t.browser();
            Answer answer = browser.get("/a");
            assertThat(answer.body()).isEqualTo("stays");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(browser.get("/b").body()).isEqualTo("1");
        });
        rule("5.1", "reset leaves the session joinable", t -> {
                    t.page("/a", (q, r) -> {
                                q.getSession().setAttribute("a", "1");
                                r.addHeader("X-Mine", "1");
                                r.getWriter().print("gone");
                                r.reset();
                                assertThat(q.getSession(false)).isNotNull();
                                r.getWriter().print("stays");
                            })
                            .page(
                                    "/b",
                                    (q, r) -> r.getWriter().print(q.getSession().getAttribute("a")));
                    Browser browser = t.browser();
                    Answer answer = browser.get("/a");
                    assertThat(answer.body()).isEqualTo("stays");
                    assertThat(answer.response().headers().firstValue("X-Mine")).isEmpty();
                    assertThat(answer.setCookies()).hasSize(1);
                    assertThat(browser.get("/b").body()).isEqualTo("1");
                })
                .ownSessionsBreak("reset takes the session's cookie, too", Container.TOMCAT)
                .ownSessionsBreak("reset sets the session's cookie twice", Container.JETTY);
        rule("5.1", "after reset a session can be made", t -> {
            t.page("/a", (q, r) -> {
                r.getOutputStream().print("gone");
                r.reset();
                q.getSession();
                r.getWriter().print("stays");
            });
            Answer answer = t.get("/a");
            assertThat(answer.body()).isEqualTo("stays");
            assertThat(answer.setCookies()).hasSize(1);
        });
        rule("5.1", "reset and resetBuffer of a committed response throw, and the session is kept", t -> {
                    t.page("/a", (q, r) -> {
                                q.getSession().setAttribute("a", "1");
                                r.flushBuffer();
                                org.assertj.core.api.Assertions.assertThatThrownBy(r::reset)
                                        .isInstanceOf(IllegalStateException.class);
                                org.assertj.core.api.Assertions.assertThatThrownBy(r::resetBuffer)
                                        .isInstanceOf(IllegalStateException.class);
                            })
                            .page(
                                    "/b",
                                    (q, r) -> r.getWriter().print(q.getSession().getAttribute("a")));
                    Browser browser = t.browser();
                    browser.get("/a");
                    assertThat(browser.get("/b").body()).isEqualTo("1");
                })
                .containerBreaks("a flushed response without content does not count as committed", Container.UNDERTOW);
        rule("5.1", "reset does not lose the new id", t -> {
                    t.page("/a", (q, r) -> q.getSession().setAttribute("a", "1"))
                            .page("/b", (q, r) -> {
                                q.changeSessionId();
                                r.reset();
                            })
                            .page("/c", (q, r) -> {
                                HttpSession session = q.getSession(false);
                                r.getWriter().print(session == null ? "lost" : session.getAttribute("a"));
                            });
                    Browser browser = t.browser();
                    browser.get("/a");
                    browser.get("/b");
                    assertThat(browser.get("/c").body()).isEqualTo("1");
                })
                .ownSessionsBreak(
                        "reset takes the new id's cookie: the session is lost", Container.TOMCAT, Container.JETTY);
    }

    private void errors() {
        rule("HttpServletResponse.sendError", "keeps the session's cookie, with an error page and without", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        r.sendError(409);
                    })
                    .page("/b", (q, r) -> r.getWriter().print(q.getSession().getAttribute("a")));
            Browser browser = t.browser();
            assertThat(browser.get("/a").setCookies()).hasSize(1);
            assertThat(browser.get("/b").body()).isEqualTo("1");
            t.errorPage((q, r) -> r.getWriter().print("page"));
            Browser other = t.browser();
            Answer answer = other.get("/a");
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.body()).isEqualTo("page");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(other.get("/b").body()).isEqualTo("1");
        });
        rule("HttpServletResponse.sendError", "keeps other cookies, each once", t -> {
            t.page("/a", (q, r) -> {
                r.addCookie(new jakarta.servlet.http.Cookie("other", "1"));
                q.getSession();
                r.sendError(409);
            });
            Answer answer = t.get("/a");
            assertThat(answer.setCookies()).hasSize(2);
            assertThat(answer.setCookie("other")).isNotNull();
        });
        rule("HttpServletResponse.sendError", "counts as a commit: a session cannot be made after it", t -> {
            t.page("/a", (q, r) -> {
                r.sendError(409);
                try {
                    q.getSession();
                    t.seen.add("made");
                } catch (IllegalStateException e) {
                    t.seen.add("refused");
                }
            });
            Answer answer = t.get("/a");
            assertThat(t.seen).hasSize(1);
            assertThat(answer.setCookies()).hasSize(t.seen.contains("made") ? 1 : 0);
        });
    }

    private void hints() {
        rule("HttpServletResponse.sendEarlyHints", "does not commit: a session can be made after it", t -> {
                    t.page("/a", (q, r) -> {
                        ServletResponse bottom = r;
                        while (bottom instanceof ServletResponseWrapper wrapper) {
                            bottom = wrapper.getResponse();
                        }
                        r.addHeader("Link", "</style.css>; rel=preload");
                        bottom.getClass().getMethod("sendEarlyHints").invoke(bottom);
                        assertThat(r.isCommitted()).isFalse();
                        q.getSession().setAttribute("a", "1");
                    });
                    Answer answer = t.get("/a");
                    assertThat(answer.status()).isEqualTo(200);
                    assertThat(answer.setCookies()).hasSize(1);
                })
                .absent("a method of Servlet 6.2", Container.JETTY, Container.UNDERTOW);
    }
}
