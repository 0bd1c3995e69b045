// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Servlet 6.1, chapter 7.1.3: session ids in URLs")
class UrlRulesTest extends ServletRules {
    private static final Map<String, BiFunction<HttpServletResponse, String, String>> METHODS = Map.of(
            "encodeURL", HttpServletResponse::encodeURL, "encodeRedirectURL", HttpServletResponse::encodeRedirectURL);

    private static String id(HttpServletRequest q) {
        return ";jsessionid=" + q.getSession().getId();
    }

    /** Jetty's ids in URLs have the node's name. */
    private static String plain(String url) {
        return url.replaceAll("\\.node[0-9]+", "");
    }

    private static String all(HttpServletRequest q) {
        return q.isRequestedSessionIdValid() + " cookie=" + q.isRequestedSessionIdFromCookie() + " url="
                + q.isRequestedSessionIdFromURL();
    }

    @Override
    void rules() {
        METHODS.forEach(this::encoding);
        joining();
        off();
    }

    private void encoding(String method, BiFunction<HttpServletResponse, String, String> encode) {
        String section = "HttpServletResponse." + method;
        Map<String, String> encoded = new java.util.LinkedHashMap<>();
        encoded.put("a path of the context", "/url/x|");
        encoded.put("a relative path", "x|");
        encoded.put("a relative path with dots", "../x/y|");
        encoded.put("a path with a query", "/url/x|?a=b&c=d");
        encoded.put("a path with a fragment", "/url/x|#part");
        encoded.put("a path with both", "x|?a=;b#part?c");
        encoded.put("an absolute URL of this server", "http://localhost:PORT/url/x|");
        encoded.put("an absolute URL with a query", "http://localhost:PORT/url/x|?a=b#c");
        encoded.forEach((what, url) -> rule(section, "the first response has the id in " + what, t -> {
            String expected = url.replace("PORT", "" + t.server.port());
            t.page(RuleServer.URL, "/a", (q, r) -> {
                q.getSession();
                assertThat(plain(encode.apply(r, expected.replace("|", ""))))
                        .isEqualTo(plain(expected.replace("|", id(q))));
            });
            assertThat(t.browser(RuleServer.URL).get("/a").status()).isEqualTo(200);
        }));
        for (String url : List.of(
                "http://example.org/url/x",
                "http://localhost:1/url/x",
                "https://localhost:PORT/url/x",
                "ftp://localhost:PORT/url/x",
                "http://localhost:PORT/other/x",
                "/other/x",
                "#part",
                "mailto:a@example.org",
                "javascript:void(0)")) {
            Rule rule = rule(section, "no id is put into what is not of this application: " + url, t -> {
                String same = url.replace("PORT", "" + t.server.port());
                t.page(RuleServer.URL, "/a", (q, r) -> {
                    q.getSession();
                    assertThat(encode.apply(r, same)).isEqualTo(same);
                });
                assertThat(t.browser(RuleServer.URL).get("/a").status()).isEqualTo(200);
            });
            rule.ownSessionsBreak("where a URL leads is not looked at unless that is switched on", Container.JETTY);
            if (url.endsWith("/other/x") || url.equals("#part")) {
                rule.ownSessionsBreak("the host is all that is looked at", Container.UNDERTOW);
            }
        }
        rule(section, "no id is put into a path that only begins like the context's", t -> {
                    t.page(RuleServer.URL, "/a", (q, r) -> {
                        q.getSession();
                        assertThat(encode.apply(r, "/url-only/x")).isEqualTo("/url-only/x");
                        assertThat(encode.apply(r, "/urls")).isEqualTo("/urls");
                    });
                    assertThat(t.browser(RuleServer.URL).get("/a").status()).isEqualTo(200);
                })
                .ownSessionsBreak("the context is not looked at", Container.JETTY, Container.UNDERTOW);
        rule(section, "an id that is in the URL is not put there again", t -> {
            t.page(RuleServer.URL, "/a", (q, r) -> {
                q.getSession();
                String once = encode.apply(r, "/url/x?y=z");
                assertThat(encode.apply(r, once)).isEqualTo(once);
            });
            assertThat(t.browser(RuleServer.URL).get("/a").status()).isEqualTo(200);
        });
        rule(section, "without a session URLs stay as they are, and none is made", t -> {
            t.page(RuleServer.URL, "/a", (q, r) -> {
                assertThat(encode.apply(r, "/url/x")).isEqualTo("/url/x");
                assertThat(q.getSession(false)).isNull();
            });
            assertThat(t.browser(RuleServer.URL).get("/a").setCookies()).isEmpty();
        });
        rule(section, "after invalidate URLs stay as they are", t -> {
            t.page(RuleServer.URL, "/a", (q, r) -> {
                q.getSession().invalidate();
                assertThat(encode.apply(r, "/url/x")).isEqualTo("/url/x");
            });
            assertThat(t.browser(RuleServer.URL).get("/a").status()).isEqualTo(200);
        });
        rule(section, "after changeSessionId URLs have the new id", t -> {
            t.page(RuleServer.URL, "/a", (q, r) -> {
                q.getSession();
                q.changeSessionId();
                assertThat(plain(encode.apply(r, "/url/x"))).isEqualTo("/url/x" + plain(id(q)));
            });
            assertThat(t.browser(RuleServer.URL).get("/a").status()).isEqualTo(200);
        });
        rule(section, "a client that sent the id as a cookie needs none in URLs", t -> {
            t.page(RuleServer.URL, "/a", (q, r) -> {
                q.getSession();
                r.getWriter().print(encode.apply(r, "/url/x"));
            });
            Browser browser = t.browser(RuleServer.URL);
            browser.get("/a");
            assertThat(browser.get("/a").body()).isEqualTo("/url/x");
        });
        rule(section, "of null is null", t -> {
            t.page(RuleServer.URL, "/a", (q, r) -> {
                q.getSession();
                assertThat(encode.apply(r, null)).isNull();
            });
            assertThat(t.browser(RuleServer.URL).get("/a").status()).isEqualTo(200);
        });
        rule(section, "where cookies alone are the tracking mode, URLs stay as they are", t -> {
            t.page(RuleServer.COOKIE, "/a", (q, r) -> {
                q.getSession();
                assertThat(encode.apply(r, "/cookie/x")).isEqualTo("/cookie/x");
            });
            assertThat(t.browser(RuleServer.COOKIE).get("/a").status()).isEqualTo(200);
        });
    }

    private void joining() {
        for (String application : List.of(RuleServer.URL, RuleServer.URL_ONLY)) {
            rule("7.1.3", "a client joins by a URL that encodeURL made: " + application, t -> {
                t.page(application, "/a", (q, r) -> {
                            q.getSession().setAttribute("a", "1");
                            r.getWriter().print(r.encodeURL("b"));
                        })
                        .page(application, "/b", (q, r) -> {
                            var session = q.getSession(false);
                            r.getWriter()
                                    .print(
                                            session == null
                                                    ? "lost"
                                                    : session.isNew() + " " + session.getAttribute("a"));
                            r.getWriter().print(" " + all(q));
                        });
                String url = t.browser(application).get("/a").body();
                assertThat(url).contains(";jsessionid=");
                assertThat(t.browser(application).get("/" + url).body())
                        .isEqualTo("false 1 true cookie=false url=true");
            });
            rule("7.1.3", "what such a client is given has the id again: " + application, t -> {
                t.page(application, "/a", (q, r) -> {
                    q.getSession();
                    r.getWriter().print(r.encodeURL("a"));
                });
                String url = t.browser(application).get("/a").body();
                assertThat(t.browser(application).get("/" + url).body()).isEqualTo(url);
            });
            rule("7.1.3", "an id in a URL that names no session is not adopted: " + application, t -> {
                t.page(application, "/a", (q, r) -> {
                    assertThat(q.getSession(false)).isNull();
                    assertThat(q.isRequestedSessionIdValid()).isFalse();
                    assertThat(q.getSession().getId()).isNotEqualTo(q.getRequestedSessionId());
                    r.getWriter().print(q.getRequestedSessionId());
                });
                for (String id : List.of("A".repeat(43), "0123456789ABCDEF0123456789ABCDEF", "x")) {
                    assertThat(t.browser(application).get("/a;jsessionid=" + id).body())
                            .isEqualTo(id);
                }
            });
        }
        rule("HttpServletRequest.isRequestedSessionIdFromURL", "is true for an id in the URL that names none", t -> {
                    t.page(RuleServer.URL, "/a", (q, r) -> r.getWriter().print(all(q)));
                    assertThat(t.browser(RuleServer.URL)
                                    .get("/a;jsessionid=" + "A".repeat(43))
                                    .body())
                            .isEqualTo("false cookie=false url=true");
                })
                .ownSessionsBreak("where an id came from is known for existing sessions only", Container.UNDERTOW);
        rule("7.1.3", "the id is found among other path parameters, and in front of a query", t -> {
            t.page(
                            RuleServer.URL,
                            "/a",
                            (q, r) -> r.getWriter().print(q.getSession().getId()))
                    .page(
                            RuleServer.URL,
                            "/b",
                            (q, r) -> r.getWriter().print(q.getSession(false) == null ? "lost" : q.getParameter("p")));
            Browser browser = t.browser(RuleServer.URL);
            browser.get("/a");
            String id = browser.session();
            assertThat(t.browser(RuleServer.URL)
                            .get("/b;x=1;jsessionid=" + id + "?p=v")
                            .body())
                    .isEqualTo("v");
            assertThat(t.browser(RuleServer.URL)
                            .get("/b;jsessionid=" + id + ";x=1?p=v")
                            .body())
                    .isEqualTo("v");
        });
        rule("7.1.3", "a parameter in the query is no session id", t -> {
            t.page(RuleServer.URL, "/a", (q, r) -> q.getSession())
                    .page(RuleServer.URL, "/b", (q, r) -> r.getWriter().print(q.getSession(false) == null));
            Browser browser = t.browser(RuleServer.URL);
            browser.get("/a");
            assertThat(t.browser(RuleServer.URL)
                            .get("/b?jsessionid=" + browser.session() + "&x=;jsessionid=" + browser.session())
                            .body())
                    .isEqualTo("true");
        });
        rule("7.1.3", "where a cookie and a URL name sessions, the cookie's is the session", t -> {
                    t.page(
                            RuleServer.URL,
                            "/a",
                            (q, r) -> r.getWriter().print(q.getSession().getId() + " " + all(q)));
                    Browser one = t.browser(RuleServer.URL);
                    Browser other = t.browser(RuleServer.URL);
                    String id = one.get("/a").body().split(" ")[0];
                    other.get("/a");
                    assertThat(one.get("/a;jsessionid=" + other.session()).body())
                            .isEqualTo(id + " true cookie=true url=false");
                })
                .ownSessionsBreak("two ids are a bad request", Container.JETTY);
        rule("7.1.3", "where URLs alone are the tracking mode, no cookie is sent", t -> {
            t.page(RuleServer.URL_ONLY, "/a", (q, r) -> q.getSession());
            assertThat(t.browser(RuleServer.URL_ONLY).get("/a").setCookies()).isEmpty();
        });
        rule("7.1.3", "where URLs alone are the tracking mode, a cookie names no session", t -> {
            t.page(
                            RuleServer.URL_ONLY,
                            "/a",
                            (q, r) -> r.getWriter().print(q.getSession().getId()))
                    .page(RuleServer.URL_ONLY, "/b", (q, r) -> r.getWriter().print(q.getSession(false) == null));
            String id = t.browser(RuleServer.URL_ONLY).get("/a").body();
            assertThat(t.browser(RuleServer.URL_ONLY).session(id).get("/b").body())
                    .isEqualTo("true");
        });
        rule("7.1.3", "a session of a URL survives changeSessionId, forward, error and asynchronous dispatches", t -> {
            t.page(RuleServer.URL_ONLY, "/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        r.getWriter().print(r.encodeURL("/url-only" + t.path("/b")));
                    })
                    .page(RuleServer.URL_ONLY, "/b", (q, r) -> {
                        q.changeSessionId();
                        q.getRequestDispatcher(t.path("/c")).forward(q, r);
                    })
                    .page(RuleServer.URL_ONLY, "/c", (q, r) -> q.startAsync().dispatch(t.path("/d")))
                    .page(
                            RuleServer.URL_ONLY,
                            "/d",
                            (q, r) -> r.getWriter()
                                    .print(r.encodeURL("e") + " "
                                            + q.getSession(false).getAttribute("a")))
                    .page(RuleServer.URL_ONLY, "/e", (q, r) -> r.sendError(409))
                    .page(RuleServer.URL_ONLY, Container.ERROR_PAGE, (q, r) -> {
                        var session = q.getSession(false);
                        r.getWriter().print(session == null ? "lost" : session.getAttribute("a"));
                    });
            Browser browser = t.browser(RuleServer.URL_ONLY);
            String first = browser.get("/a").body().replaceFirst("^.*/b", "/b");
            String[] second = browser.get(first).body().split(" ");
            assertThat(second[1]).isEqualTo("1");
            assertThat(second[0].replaceFirst("^e", "")).isNotEqualTo(first.replaceFirst("^/b", ""));
            assertThat(browser.get("/" + second[0]).body()).isEqualTo("1");
        });
        rule("7.1.1", "a custom name of the cookie is the name of the path parameter, too", t -> {
                    t.page(RuleServer.URL_NAMED, "/a", (q, r) -> {
                        q.getSession().setAttribute("a", "1");
                        r.getWriter().print(r.encodeURL("b"));
                    });
                    t.page(
                            RuleServer.URL_NAMED,
                            "/b",
                            (q, r) -> r.getWriter()
                                    .print(
                                            q.getSession(false) == null
                                                    ? "lost"
                                                    : q.getSession().getAttribute("a")));
                    String url = t.browser(RuleServer.URL_NAMED).get("/a").body();
                    assertThat(url).startsWith("b;SID=");
                    assertThat(t.browser(RuleServer.URL_NAMED).get("/" + url).body())
                            .isEqualTo("1");
                })
                .ownSessionsBreak("it is jsessionid all the same", Container.JETTY, Container.UNDERTOW);
        rule(
                "7.1.3",
                "however many ids a client names, in cookies and its URL, the session that is among them is found",
                t -> {
                    t.page(RuleServer.URL, "/a", (q, r) -> q.getSession().setAttribute("a", "1"))
                            .page(
                                    RuleServer.URL,
                                    "/b",
                                    (q, r) -> r.getWriter()
                                            .print(
                                                    q.getSession(false) == null
                                                            ? "lost"
                                                            : q.getSession().getAttribute("a")));
                    Browser browser = t.browser(RuleServer.URL);
                    browser.get("/a");
                    String id = browser.session();
                    if (t.server.store != null) {
                        t.server.store.drain();
                    }
                    String unknown = "A".repeat(43);
                    assertThat(t.browser(RuleServer.URL)
                                    .getWith("/b;jsessionid=" + unknown + ";jsessionid=" + unknown, "JSESSIONID=" + id)
                                    .body())
                            .isEqualTo("1");
                    if (t.server.store != null) {
                        assertThat(t.server.store.drain())
                                .as("at most two ids are looked up")
                                .containsOnlyOnce("find");
                        t.browser(RuleServer.URL)
                                .getWith(
                                        "/b;jsessionid=" + "E".repeat(43) + ";jsessionid=" + "I".repeat(43),
                                        "JSESSIONID=" + unknown + "; JSESSIONID=" + "M".repeat(43));
                        assertThat(t.server.store.drain()).containsExactly("find", "find");
                    }
                });
    }

    private void off() {
        rule("7.1.3", "an application that did not choose: clients without cookies", t -> {
                    t.page("/a", (q, r) -> {
                        q.getSession();
                        r.getWriter().print(r.encodeURL("x"));
                    });
                    assertThat(t.get("/a").body()).startsWith("x;jsessionid=");
                })
                .filterDiffers(
                        "ids in URLs end in logs and Referer headers: only if the application chooses the mode", t -> {
                            t.page("/a", (q, r) -> {
                                q.getSession();
                                r.getWriter().print(r.encodeURL("x"));
                            });
                            assertThat(t.get("/a").body()).isEqualTo("x");
                        });
    }
}
