// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.it.servlet.Browser.Answer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Servlet 6.1, chapters 2.3.3.3, 2.3.3.5 and 9.7: sessions of asynchronous and upgraded requests")
class AsyncRulesTest extends ServletRules {
    /** How processing starts. */
    interface Start {
        AsyncContext start(HttpServletRequest request, HttpServletResponse response);
    }

    private static final Map<String, Start> STARTS = new LinkedHashMap<>();

    static {
        STARTS.put("startAsync()", (q, r) -> q.startAsync());
        STARTS.put("startAsync(request, response)", (q, r) -> q.startAsync(q, r));
        STARTS.put(
                "startAsync with HTTP wrappers",
                (q, r) -> q.startAsync(new HttpServletRequestWrapper(q), new HttpServletResponseWrapper(r)));
        STARTS.put("startAsync with a plain wrapper", (q, r) -> q.startAsync(new ServletRequestWrapper(q), r));
    }

    private static String show(HttpServletRequest q) {
        HttpSession session = q.getSession(false);
        return session == null ? "none" : session.isNew() + " " + session.getAttribute("a");
    }

    private static HttpServletRequest http(ServletRequest request) {
        ServletRequest current = request;
        while (!(current instanceof HttpServletRequest)) {
            current = ((ServletRequestWrapper) current).getRequest();
        }
        return (HttpServletRequest) current;
    }

    /** Does nothing unless told. */
    private static class Listener implements AsyncListener {
        @Override
        public void onComplete(AsyncEvent event) throws IOException {}

        @Override
        public void onTimeout(AsyncEvent event) throws IOException {}

        @Override
        public void onError(AsyncEvent event) throws IOException {}

        @Override
        public void onStartAsync(AsyncEvent event) throws IOException {}
    }

    @Override
    void rules() {
        STARTS.forEach((name, start) -> {
            completing(name, start);
            dispatching(name, start);
        });
        context();
        timeouts();
        listeners();
        upgrading();
    }

    private void completing(String name, Start start) {
        rule("2.3.3.3", name + ", complete: what was set before and on the other thread is kept", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("b", "1");
                        AsyncContext async = start.start(q, r);
                        async.start(t.guarded(() -> {
                            try {
                                http(async.getRequest()).getSession().setAttribute("a", "2");
                                async.getResponse().getWriter().print("done");
                            } finally {
                                async.complete();
                            }
                        }));
                    })
                    .page(
                            "/b",
                            (q, r) -> r.getWriter()
                                    .print(show(q) + " " + q.getSession().getAttribute("b")));
            Browser browser = t.browser();
            Answer answer = browser.get("/a");
            assertThat(answer.body()).isEqualTo("done");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(browser.get("/b").body()).isEqualTo("false 2 1");
        });
        rule("2.3.3.3", name + ", complete: the other thread may make the session, change its id, or end it", t -> {
            t.page("/a", (q, r) -> {
                        String what = String.valueOf(q.getParameter("do"));
                        AsyncContext async = start.start(q, r);
                        async.start(t.guarded(() -> {
                            try {
                                HttpServletRequest request = http(async.getRequest());
                                HttpSession session = request.getSession();
                                session.setAttribute("a", "2");
                                if (what.equals("change")) {
                                    request.changeSessionId();
                                }
                                if (what.equals("end")) {
                                    session.invalidate();
                                }
                            } finally {
                                async.complete();
                            }
                        }));
                    })
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            assertThat(browser.get("/a?do=make").setCookies()).hasSize(1);
            assertThat(browser.get("/b").body()).isEqualTo("false 2");
            String former = browser.session();
            assertThat(browser.get("/a?do=change").setCookies()).hasSize(1);
            assertThat(browser.session()).isNotEqualTo(former);
            assertThat(browser.get("/b").body()).isEqualTo("false 2");
            String last = browser.session();
            browser.get("/a?do=end");
            assertThat(t.browser().session(last).get("/b").body()).isEqualTo("none");
        });
    }

    private void dispatching(String name, Start start) {
        for (String how : new String[] {"dispatch()", "dispatch(path)", "dispatch(context, path)"}) {
            Rule rule = rule("9.7", name + ", " + how + ": the target sees the session of the request", t -> {
                TestServer.Page target = (q, r) -> {
                    assertThat(q.getDispatcherType()).isEqualTo(DispatcherType.ASYNC);
                    r.getWriter().print(show(q) + " " + q.isRequestedSessionIdValid());
                    q.getSession().setAttribute("c", "3");
                };
                t.page("/a", (q, r) -> {
                            if (q.getDispatcherType() == DispatcherType.ASYNC) {
                                target.serve(q, r);
                                return;
                            }
                            q.getSession().setAttribute("a", "1");
                            AsyncContext async = start.start(q, r);
                            switch (how) {
                                case "dispatch()" -> async.dispatch();
                                case "dispatch(path)" -> async.dispatch(t.path("/target"));
                                default -> async.dispatch(q.getServletContext(), t.path("/target"));
                            }
                        })
                        .page("/target", target)
                        .page(
                                "/b",
                                (q, r) -> r.getWriter()
                                        .print(show(q) + " " + q.getSession().getAttribute("c")));
                Browser browser = t.browser();
                Answer answer = browser.get("/a");
                assertThat(answer.body()).isEqualTo("true 1 false");
                assertThat(answer.setCookies()).hasSize(1);
                assertThat(browser.get("/b").body()).isEqualTo("false 1 3");
                answer = browser.get("/a");
                assertThat(answer.body()).isEqualTo("false 1 true");
                assertThat(answer.setCookies()).isEmpty();
            });
            if (name.contains("plain")) {
                rule.absent(
                        "HttpServlet does not take the plain wrapper, and the specification does not say it has to");
            }
        }
        if (name.contains("plain")) {
            return;
        }
        rule("9.7", name + ", dispatch: the target may make the session, change its id, or end it", t -> {
            t.page("/a", (q, r) -> start.start(q, r).dispatch(t.path("/target")))
                    .page("/target", (q, r) -> {
                        HttpSession session = q.getSession();
                        session.setAttribute("a", "2");
                        if (q.getParameter("change") != null) {
                            q.changeSessionId();
                        }
                        if (q.getParameter("end") != null) {
                            session.invalidate();
                            assertThat(q.getSession(false)).isNull();
                        }
                    })
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            assertThat(browser.get("/a").setCookies()).hasSize(1);
            assertThat(browser.get("/b").body()).isEqualTo("false 2");
            String former = browser.session();
            assertThat(browser.get("/a?change=1").setCookies()).hasSize(1);
            assertThat(browser.session()).isNotEqualTo(former);
            assertThat(browser.get("/b").body()).isEqualTo("false 2");
            String last = browser.session();
            browser.get("/a?end=1");
            assertThat(t.browser().session(last).get("/b").body()).isEqualTo("none");
        });
        rule("9.7", name + ", dispatch and again startAsync, complete: all is kept", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        start.start(q, r).dispatch(t.path("/target"));
                    })
                    .page("/target", (q, r) -> {
                        AsyncContext async = start.start(q, r);
                        async.start(t.guarded(() -> {
                            try {
                                HttpSession session = http(async.getRequest()).getSession();
                                session.setAttribute("a", session.getAttribute("a") + "2");
                            } finally {
                                async.complete();
                            }
                        }));
                    })
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            assertThat(browser.get("/a").setCookies()).hasSize(1);
            assertThat(browser.get("/b").body()).isEqualTo("false 12");
        });
        rule("10.9", name + ", dispatch to a page that fails: the error page sees the session", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        start.start(q, r).dispatch(t.path("/target"));
                    })
                    .page("/target", (q, r) -> r.sendError(409))
                    .errorPage((q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            Answer answer = browser.get("/a");
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.body()).isEqualTo("true 1");
            assertThat(answer.setCookies()).hasSize(1);
        });
    }

    private void context() {
        rule("AsyncContext.getRequest", "is what startAsync was called on, or was given", t -> {
            t.page("/a", (q, r) -> {
                HttpServletRequest request = new HttpServletRequestWrapper(q);
                HttpServletResponse response = new HttpServletResponseWrapper(r);
                AsyncContext async =
                        q.getParameter("wrapped") == null ? q.startAsync() : q.startAsync(request, response);
                boolean wrapped = q.getParameter("wrapped") != null;
                assertThat(async.getRequest().equals(wrapped ? request : q)).isTrue();
                assertThat(async.getResponse() == response).isEqualTo(wrapped);
                async.complete();
            });
            assertThat(t.get("/a").status()).isEqualTo(200);
            assertThat(t.get("/a?wrapped=1").status()).isEqualTo(200);
        });
        rule(
                "AsyncContext.hasOriginalRequestAndResponse",
                "is true for startAsync() and the servlet's own objects",
                t -> {
                    t.page("/a", (q, r) -> {
                        AsyncContext async = q.getParameter("own") == null ? q.startAsync() : q.startAsync(q, r);
                        r.getWriter().print(async.hasOriginalRequestAndResponse());
                        async.complete();
                    });
                    assertThat(t.get("/a").body()).isEqualTo("true");
                    assertThat(t.get("/a?own=1").body()).isEqualTo("true");
                });
        rule("AsyncContext.hasOriginalRequestAndResponse", "is false for an application's wrappers", t -> {
            t.page("/a", (q, r) -> {
                AsyncContext async = q.startAsync(new HttpServletRequestWrapper(q), new HttpServletResponseWrapper(r));
                r.getWriter().print(async.hasOriginalRequestAndResponse());
                async.complete();
            });
            assertThat(t.get("/a").body()).isEqualTo("false");
        });
        rule("ServletRequest.getAsyncContext", "is the context of the last startAsync", t -> {
            t.page("/a", (q, r) -> {
                assertThat(q.isAsyncStarted()).isFalse();
                assertThatThrownBy(q::getAsyncContext).isInstanceOf(IllegalStateException.class);
                AsyncContext async = q.startAsync();
                assertThat(q.isAsyncStarted()).isTrue();
                assertThat(q.getAsyncContext()).isSameAs(async);
                async.complete();
            });
            assertThat(t.get("/a").status()).isEqualTo(200);
        });
        rule("ServletRequest.startAsync", "twice throws IllegalStateException, and the session is kept", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        AsyncContext async = q.startAsync();
                        assertThatThrownBy(q::startAsync).isInstanceOf(IllegalStateException.class);
                        async.complete();
                    })
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/b").body()).isEqualTo("false 1");
        });
        rule("AsyncContext.dispatch", "after complete throws IllegalStateException", t -> {
                    t.page("/a", (q, r) -> {
                        AsyncContext async = q.startAsync();
                        async.complete();
                        assertThatThrownBy(async::dispatch).isInstanceOf(IllegalStateException.class);
                    });
                    assertThat(t.get("/a").status()).isEqualTo(200);
                })
                .containerBreaks("the dispatch is ignored", Container.UNDERTOW);
        rule("AsyncContext.complete", "in the servlet: what is changed until the servlet returns is kept", t -> {
            t.page("/a", (q, r) -> {
                        HttpSession session = q.getSession();
                        q.startAsync().complete();
                        session.setAttribute("a", "1");
                    })
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/b").body()).isEqualTo("false 1");
        });
    }

    private void timeouts() {
        rule("AsyncContext.setTimeout", "a timeout that a listener answers: what it sets is kept", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("b", "1");
                        AsyncContext async = q.startAsync();
                        async.setTimeout(20);
                        async.addListener(new Listener() {
                            @Override
                            public void onTimeout(AsyncEvent event) throws IOException {
                                http(event.getAsyncContext().getRequest())
                                        .getSession()
                                        .setAttribute("a", "late");
                                event.getAsyncContext()
                                        .getResponse()
                                        .getWriter()
                                        .print("timeout");
                                event.getAsyncContext().complete();
                            }
                        });
                    })
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            assertThat(browser.get("/a").body()).isEqualTo("timeout");
            assertThat(browser.get("/b").body()).isEqualTo("false late");
        });
        rule("AsyncContext.setTimeout", "a timeout that a listener answers by a dispatch", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        AsyncContext async = q.startAsync();
                        async.setTimeout(20);
                        async.addListener(new Listener() {
                            @Override
                            public void onTimeout(AsyncEvent event) {
                                event.getAsyncContext().dispatch(t.path("/target"));
                            }
                        });
                    })
                    .page("/target", (q, r) -> {
                        r.getWriter().print(show(q));
                        q.getSession().setAttribute("a", "2");
                    })
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            assertThat(browser.get("/a").body()).isEqualTo("true 1");
            assertThat(browser.get("/b").body()).isEqualTo("false 2");
        });
        rule("2.3.3.3", "a timeout that nobody answers: the error page sees the session, and all is kept", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        q.startAsync().setTimeout(20);
                    })
                    .errorPage((q, r) -> r.getWriter().print(show(q)))
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            Answer answer = browser.get("/a");
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body()).isEqualTo("true 1");
            assertThat(browser.get("/b").body()).isEqualTo("false 1");
        });
        rule("2.3.3.3", "a failure after startAsync: a listener of errors can use the session", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("b", "1");
                        AsyncContext async = q.startAsync();
                        async.addListener(new Listener() {
                            @Override
                            public void onError(AsyncEvent event) {
                                t.seen.add(event.getThrowable() != null);
                                http(event.getAsyncContext().getRequest())
                                        .getSession()
                                        .setAttribute("a", "error");
                                event.getAsyncContext().complete();
                            }
                        });
                        throw new IllegalArgumentException("an application failed, for a test");
                    })
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            browser.get("/a");
            // The answer may be sent before the listener is told.
            org.awaitility.Awaitility.await()
                    .atMost(org.awaitility.Durations.ONE_MINUTE)
                    .untilAsserted(() -> assertThat(browser.get("/b").body()).isEqualTo("false error"));
            assertThat(t.seen).containsExactly(true);
        });
    }

    private void listeners() {
        rule("AsyncListener.onComplete", "is told with the context and the request, and can read the session", t -> {
            t.page("/a", (q, r) -> {
                q.getSession().setAttribute("a", "1");
                AsyncContext async = q.startAsync();
                async.addListener(
                        new Listener() {
                            @Override
                            public void onComplete(AsyncEvent event) {
                                t.seen.add(event.getAsyncContext() == async);
                                t.seen.add(q.equals(event.getSuppliedRequest()));
                                t.seen.add(r == event.getSuppliedResponse());
                            }
                        },
                        q,
                        r);
                async.complete();
            });
            t.get("/a");
            org.awaitility.Awaitility.await()
                    .atMost(org.awaitility.Durations.ONE_MINUTE)
                    .until(() -> t.seen.size() == 3);
            assertThat(t.seen.subList(1, 3)).containsExactly(true, true);
        });
        rule("AsyncListener.onStartAsync", "is told of a second cycle", t -> {
                    t.page("/a", (q, r) -> {
                                AsyncContext async = q.startAsync();
                                async.addListener(new Listener() {
                                    @Override
                                    public void onStartAsync(AsyncEvent event) {
                                        t.seen.add("again");
                                        http(event.getAsyncContext().getRequest())
                                                .getSession()
                                                .setAttribute("a", "again");
                                    }
                                });
                                async.dispatch(t.path("/target"));
                            })
                            .page("/target", (q, r) -> q.startAsync().complete())
                            .page("/b", (q, r) -> r.getWriter().print(show(q)));
                    Browser browser = t.browser();
                    assertThat(browser.get("/a").setCookies()).hasSize(1);
                    assertThat(t.seen).containsExactly("again");
                    assertThat(browser.get("/b").body()).isEqualTo("false again");
                })
                .containerBreaks("listeners are told of their own cycle only", Container.UNDERTOW);
        rule("AsyncContext.createListener", "makes a listener that can be added", t -> {
            t.page("/a", (q, r) -> {
                AsyncContext async = q.startAsync();
                async.addListener(async.createListener(Made.class));
                async.complete();
            });
            assertThat(t.get("/a").status()).isEqualTo(200);
        });
    }

    /** A listener that a container makes. */
    public static final class Made extends Listener {
        /** Called by the container. */
        public Made() {}
    }

    /** Greets, and ends the connection. */
    public static final class Handler implements HttpUpgradeHandler {
        /** Called by the container. */
        public Handler() {}

        @Override
        public void init(WebConnection connection) {
            try {
                ServletOutputStream out = connection.getOutputStream();
                out.write("hello".getBytes(StandardCharsets.US_ASCII));
                out.flush();
                connection.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void destroy() {}
    }

    private void upgrading() {
        rule("2.3.3.5", "a session made before upgrade is sent with the answer, and what was set is kept", t -> {
                    t.page("/a", (q, r) -> {
                                q.getSession().setAttribute("a", "1");
                                r.setStatus(101);
                                r.setHeader("Upgrade", "test");
                                r.setHeader("Connection", "Upgrade");
                                q.upgrade(Handler.class);
                            })
                            .page("/b", (q, r) -> r.getWriter().print(show(q)));
                    String head = raw(t, "/a");
                    assertThat(head).startsWith("HTTP/1.1 101").contains("JSESSIONID=");
                    String id = head.replaceFirst("(?s)^.*JSESSIONID=([^;\r\n]+).*$", "$1");
                    assertThat(t.browser().session(id).get("/b").body()).isEqualTo("false 1");
                })
                .absent("upgrade is not supported", Container.JETTY);
        rule("HttpServletRequest.authenticate", "without a login configuration: the session is kept", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        try {
                            q.authenticate(r);
                        } catch (jakarta.servlet.ServletException | IllegalStateException e) {
                            t.seen.add(e);
                        }
                    })
                    .page("/b", (q, r) -> r.getWriter().print(show(q)));
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.get("/b").body()).isEqualTo("false 1");
        });
    }

    private static String raw(Trial t, String path) throws IOException {
        try (Socket socket = new Socket("localhost", t.server.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write(("GET " + RuleServer.PLAIN + t.path(path)
                                    + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            StringBuilder head = new StringBuilder();
            for (int c = in.read(); c >= 0; c = in.read()) {
                head.append((char) c);
                if (head.indexOf("\r\n\r\n") >= 0) {
                    break;
                }
            }
            return head.toString();
        }
    }
}
