// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.it.servlet.Browser.Answer;
import jakarta.servlet.http.Cookie;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Servlet 6.1, chapter 7.1.1 and SessionCookieConfig: the session cookie")
class CookieRulesTest extends ServletRules {
    private static List<String> attributes(String header) {
        return Arrays.stream(header.split(";"))
                .skip(1)
                .map(part -> part.strip().toLowerCase(Locale.ROOT))
                .filter(part -> !part.startsWith("expires"))
                .sorted()
                .toList();
    }

    @Override
    void rules() {
        rule("7.1.1", "its name is JSESSIONID", t -> {
            t.page("/a", (q, r) -> q.getSession());
            Answer answer = t.get("/a");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(answer.setCookie("JSESSIONID")).isNotNull();
        });
        rule("SessionCookieConfig.getPath", "by default its path is the context's", t -> {
            t.page("/a", (q, r) -> q.getSession());
            assertThat(attributes(t.get("/a").setCookies().get(0))).contains("path=/app");
        });
        rule("SessionCookieConfig.getPath", "of the root context its path is /", t -> {
            t.page(RuleServer.ROOT, "/a", (q, r) -> q.getSession());
            assertThat(attributes(
                            t.browser(RuleServer.ROOT).get("/a").setCookies().get(0)))
                    .contains("path=/");
        });
        rule("SessionCookieConfig.getMaxAge", "by default it lives as long as the browser", t -> {
            t.page("/a", (q, r) -> q.getSession());
            assertThat(t.get("/a").setCookies().get(0).toLowerCase(Locale.ROOT))
                    .doesNotContain("max-age")
                    .doesNotContain("expires");
        });
        rule("SessionCookieConfig.isSecure", "by default it is not Secure over plain HTTP", t -> {
            t.page("/a", (q, r) -> q.getSession());
            assertThat(attributes(t.get("/a").setCookies().get(0))).doesNotContain("secure");
        });
        rule("SessionCookieConfig", "is what the application configured: every property, generic attributes too", t -> {
            t.page(RuleServer.COOKIE, "/a", (q, r) -> q.getSession());
            Answer answer = t.browser(RuleServer.COOKIE).get("/a");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(answer.setCookie("SID")).isNotNull();
            assertThat(attributes(answer.setCookies().get(0)))
                    .containsExactly(
                            "domain=localhost",
                            "httponly",
                            "max-age=600",
                            "path=/cookie/below",
                            "priority=high",
                            "samesite=strict",
                            "secure");
        });
        rule("SessionCookieConfig.setName", "under the configured name the session is found", t -> {
            t.page(
                    RuleServer.COOKIE,
                    "/a",
                    (q, r) -> r.getWriter().print(q.getSession().isNew()));
            Browser browser = t.browser(RuleServer.COOKIE);
            assertThat(browser.get("/a").body()).isEqualTo("true");
            assertThat(browser.get("/a").body()).isEqualTo("false");
        });
        rule("SessionCookieConfig.setName", "under another name it is not", t -> {
            t.page(
                    RuleServer.COOKIE,
                    "/a",
                    (q, r) -> r.getWriter().print(q.getSession().isNew()));
            Browser browser = t.browser(RuleServer.COOKIE);
            browser.get("/a");
            assertThat(browser.getWith("/a", "JSESSIONID=" + browser.cookie("SID"))
                            .body())
                    .isEqualTo("true");
        });
        rule("7.1.1", "is sent when the session is made, and not again", t -> {
            t.page("/a", (q, r) -> q.getSession().setAttribute("a", "" + System.nanoTime()));
            Browser browser = t.browser();
            assertThat(browser.get("/a").setCookies()).hasSize(1);
            assertThat(browser.get("/a").setCookies()).isEmpty();
            assertThat(browser.get("/a").setCookies()).isEmpty();
        });
        rule("HttpServletResponse.getHeaders", "is seen among the response's headers once the session is made", t -> {
                    t.page("/a", (q, r) -> {
                        q.getSession();
                        r.getWriter().print(r.getHeaders("Set-Cookie").size() + " " + r.containsHeader("Set-Cookie"));
                    });
                    assertThat(t.get("/a").body()).isEqualTo("1 true");
                })
                .ownSessionsBreak("cookies become headers when the response is committed", Container.UNDERTOW);
        rule("HttpServletRequest.changeSessionId", "sends the new id, once, with the same attributes", t -> {
            t.page(RuleServer.COOKIE, "/a", (q, r) -> q.getSession())
                    .page(RuleServer.COOKIE, "/b", (q, r) -> q.changeSessionId());
            Browser browser = t.browser(RuleServer.COOKIE);
            List<String> before = attributes(browser.get("/a").setCookies().get(0));
            String former = browser.cookie("SID");
            Answer answer = browser.get("/b");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(attributes(answer.setCookies().get(0))).isEqualTo(before);
            assertThat(browser.cookie("SID")).isNotEqualTo(former);
        });
        rule("10.9", "is the same when the request fails with an exception, with all its attributes", t -> {
                    t.page(RuleServer.COOKIE, "/a", (q, r) -> q.getSession()).page(RuleServer.COOKIE, "/b", (q, r) -> {
                        q.getSession();
                        throw new IllegalArgumentException("an application failed, for a test");
                    });
                    List<String> usual = attributes(
                            t.browser(RuleServer.COOKIE).get("/a").setCookies().get(0));
                    Answer failed = t.browser(RuleServer.COOKIE).get("/b");
                    assertThat(failed.status()).isEqualTo(500);
                    assertThat(failed.setCookies()).hasSize(1);
                    assertThat(attributes(failed.setCookies().get(0))).isEqualTo(usual);
                })
                .noFilterCan(
                        "it clears all headers, and of a cookie that it keeps it drops the SameSite",
                        Container.UNDERTOW);
        rule("RFC 6265, 4.1.1", "a response sets the cookie once, however often the id changes", t -> {
            t.page("/a", (q, r) -> {
                q.getSession();
                q.changeSessionId();
                q.changeSessionId();
            });
            assertThat(t.get("/a").setCookies()).hasSize(1);
        });
        rule("RFC 6265, 4.1.1", "a response sets the cookie once, when a session ends and another begins", t -> {
            t.page("/a", (q, r) -> {
                        q.getSession().invalidate();
                        r.getWriter().print(q.getSession().getId());
                    })
                    .page("/b", (q, r) -> q.getSession());
            Browser browser = t.browser();
            browser.get("/b");
            Answer answer = browser.get("/a");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(answer.setCookies().get(0)).contains(answer.body());
            assertThat(t.get("/a").setCookies()).hasSize(1);
        });
        rule("HttpServletResponse.addCookie", "other cookies stay, before and after", t -> {
            t.page("/a", (q, r) -> {
                r.addCookie(new Cookie("one", "1"));
                q.getSession();
                r.addCookie(new Cookie("two", "2"));
                q.changeSessionId();
                r.addHeader("Set-Cookie", "three=3");
                q.getSession().invalidate();
                q.getSession();
            });
            Answer answer = t.get("/a");
            assertThat(answer.setCookies()).hasSize(4);
            for (String name : List.of("one", "two", "three", "JSESSIONID")) {
                assertThat(answer.setCookie(name)).as(name).isNotNull();
            }
        });
        rule("HttpServletResponse.addCookie", "a cookie whose name begins like the session's stays", t -> {
            t.page("/a", (q, r) -> {
                r.addCookie(new Cookie("JSESSIONIDX", "1"));
                q.getSession();
                q.changeSessionId();
            });
            Answer answer = t.get("/a");
            assertThat(answer.setCookies()).hasSize(2);
            assertThat(answer.setCookie("JSESSIONIDX")).isNotNull();
        });
        rule("7.1.1", "a request that finds no session behind the cookie does not set or clear it", t -> {
            t.page("/a", (q, r) -> q.getSession(false));
            assertThat(t.browser().session("A".repeat(43)).get("/a").setCookies())
                    .isEmpty();
            assertThat(t.browser().session("x").get("/a").setCookies()).isEmpty();
        });
        rule("7.1.1", "what a former request on the connection sent does not matter: a value like this one's", t -> {
                    assertThat(isFoundAfter(t, CookieRulesTest::firstLetterInOtherCase))
                            .isTrue();
                })
                .ownSessionsBreak("values are compared without case", Container.JETTY);
        rule("7.1.1", "what a former request on the connection sent does not matter: a name like this one's", t -> {
            assertThat(isFoundAfter(t, cookie -> cookie.replace(TestServer.COOKIE, "jsessionid")))
                    .isTrue();
        });
        rule("7.1.1", "other cookies around the session's do not matter", t -> {
            t.page("/a", (q, r) -> r.getWriter().print(q.getSession().isNew()));
            Browser browser = t.browser();
            browser.get("/a");
            assertThat(browser.getWith("/a", "a=1; JSESSIONID=" + browser.session() + "; b=\"x y\"; $Version=1")
                            .body())
                    .isEqualTo("false");
        });
    }

    /** Whether a session is found after another request, with another cookie, as a proxy sends them on one connection. */
    private static boolean isFoundAfter(Trial t, UnaryOperator<String> former) throws IOException {
        t.page("/a", (q, r) -> q.getSession())
                .page("/b", (q, r) -> r.getWriter().print(q.getSession(false) != null));
        Browser browser = t.browser();
        browser.get("/a");
        String cookie = TestServer.COOKIE + "=" + browser.session();
        String head = "GET " + RuleServer.PLAIN + t.path("/b") + " HTTP/1.1\r\nHost: localhost\r\nCookie: ";
        String requests = head + former.apply(cookie) + "\r\n\r\n" + head + cookie + "\r\nConnection: close\r\n\r\n";
        try (Socket proxy = new Socket("localhost", t.server.port())) {
            proxy.setSoTimeout(60_000);
            proxy.getOutputStream().write(requests.getBytes(StandardCharsets.US_ASCII));
            String[] answers =
                    new String(proxy.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).split("HTTP/1.1 200");
            assertThat(answers).hasSize(3);
            return answers[2].contains("true");
        }
    }

    /** The cookie as far as the first letter of its value, in the other case. */
    private static String firstLetterInOtherCase(String cookie) {
        int at = cookie.indexOf('=') + 1;
        while (!Character.isLetter(cookie.charAt(at))) {
            at++;
        }
        char letter = cookie.charAt(at);
        char other = Character.isUpperCase(letter) ? Character.toLowerCase(letter) : Character.toUpperCase(letter);
        return cookie.substring(0, at) + other;
    }
}
