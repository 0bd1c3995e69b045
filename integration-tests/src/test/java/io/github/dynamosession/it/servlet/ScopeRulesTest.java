// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.it.servlet.Browser.Answer;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Servlet 6.1, chapter 7.3: sessions belong to one application")
class ScopeRulesTest extends ServletRules {

    private static String show(HttpServletRequest q) {
        HttpSession session = q.getSession(false);
        return session == null
                ? "none"
                : session.getAttribute("a") + " " + session.getServletContext().getContextPath();
    }

    private static RequestDispatcher other(HttpServletRequest q, Trial t, String path) {
        ServletContext context = q.getServletContext().getContext(RuleServer.TWO);
        assertThat(context)
                .as("the container gives the other application's context")
                .isNotNull();
        return context.getRequestDispatcher(t.path(path));
    }

    @Override
    void rules() {
        rule("7.3", "an id of one application names no session with its attributes in another", t -> {
            t.page(RuleServer.ONE, "/a", (q, r) -> q.getSession().setAttribute("a", "first"))
                    .page(RuleServer.TWO, "/a", (q, r) -> r.getWriter().print(show(q)))
                    .page(RuleServer.ROOT, "/a", (q, r) -> r.getWriter().print(show(q)));
            Browser one = t.browser(RuleServer.ONE);
            one.get("/a");
            assertThat(t.browser(RuleServer.TWO)
                            .session(one.session())
                            .get("/a")
                            .body())
                    .doesNotContain("first");
            assertThat(t.browser(RuleServer.ROOT)
                            .session(one.session())
                            .get("/a")
                            .body())
                    .doesNotContain("first");
        });
        rule("7.3", "an id of the root application names no session in another", t -> {
            t.page(RuleServer.ROOT, "/a", (q, r) -> q.getSession().setAttribute("a", "root"))
                    .page(RuleServer.TWO, "/a", (q, r) -> r.getWriter().print(show(q)));
            Browser root = t.browser(RuleServer.ROOT);
            root.get("/a");
            assertThat(t.browser(RuleServer.TWO)
                            .session(root.session())
                            .get("/a")
                            .body())
                    .doesNotContain("root");
        });
        rule("7.3", "with one cookie for all, an application does not change or end another's session", t -> {
                    t.page(RuleServer.ONE, "/a", (q, r) -> q.getSession().setAttribute("a", "first"))
                            .page(RuleServer.ONE, "/b", (q, r) -> r.getWriter().print(show(q)))
                            .page(RuleServer.TWO, "/end", (q, r) -> {
                                HttpSession session = q.getSession();
                                session.setAttribute("a", "two");
                                session.invalidate();
                            });
                    Browser one = t.browser(RuleServer.ONE);
                    one.get("/a");
                    t.browser(RuleServer.TWO).session(one.session()).get("/end");
                    assertThat(one.get("/b").body()).isEqualTo("first /one");
                })
                .ownSessionsBreak("the end of a session ends those of its id in all applications", Container.JETTY);
        rule("7.3", "with one cookie for all, a client that goes to and fro has a session in each application", t -> {
                    for (String application : new String[] {RuleServer.ONE, RuleServer.TWO}) {
                        t.page(application, "/a", (q, r) -> {
                            HttpSession session = q.getSession();
                            Object before = session.getAttribute("n");
                            session.setAttribute("n", before == null ? 1 : (Integer) before + 1);
                            r.getWriter().print(session.getAttribute("n"));
                        });
                    }
                    Browser one = t.browser(RuleServer.ONE);
                    assertThat(one.get("/a").body()).isEqualTo("1");
                    Browser two = t.browser(RuleServer.TWO).session(one.session());
                    assertThat(two.get("/a").body()).isEqualTo("1");
                    assertThat(one.session(two.session()).get("/a").body()).isEqualTo("2");
                    assertThat(two.session(one.session()).get("/a").body()).isEqualTo("2");
                })
                .ownSessionsBreak(
                        "each application makes an id of its own: they take the cookie from each other",
                        Container.TOMCAT)
                .filterDiffers("an id that this application did not make is never adopted", t -> {
                    for (String application : new String[] {RuleServer.ONE, RuleServer.TWO}) {
                        t.page(
                                application,
                                "/a",
                                (q, r) -> r.getWriter().print(q.getSession().getId()));
                    }
                    String one = t.browser(RuleServer.ONE).get("/a").body();
                    assertThat(t.browser(RuleServer.TWO).session(one).get("/a").body())
                            .isNotEqualTo(one);
                });
        for (boolean include : new boolean[] {false, true}) {
            String how = include ? "include" : "forward";
            Rule other = rule(
                    "7.3", how + " to another application: its session is another one, without these attributes", t -> {
                        t.page(RuleServer.ONE, "/a", (q, r) -> {
                                    q.getSession().setAttribute("a", "one");
                                    dispatch(q, r, other(q, t, "/t"), include);
                                    if (include) {
                                        r.getWriter().print("+" + show(q));
                                    }
                                })
                                .page(
                                        RuleServer.TWO,
                                        "/t",
                                        (q, r) -> r.getWriter().print(show(q)));
                        assertThat(t.browser(RuleServer.ONE).get("/a").body())
                                .isEqualTo(include ? "none+one /one" : "none");
                    });
            if (include) {
                other.containerBreaks("after such an include nothing more is written", Container.JETTY);
            }
            rule("7.3", how + " to another application: it may make a session, which belongs to it", t -> {
                t.page(RuleServer.ONE, "/a", (q, r) -> {
                            q.getSession().setAttribute("a", "one");
                            dispatch(q, r, other(q, t, "/t"), include);
                        })
                        .page(RuleServer.ONE, "/b", (q, r) -> r.getWriter().print(show(q)))
                        .page(RuleServer.TWO, "/t", (q, r) -> {
                            q.getSession().setAttribute("a", "two");
                            r.getWriter().print(show(q));
                        });
                Answer answer = t.browser(RuleServer.ONE).get("/a");
                assertThat(answer.body()).isEqualTo("two /two");
            });
        }
        rule("7.3", "include of another application twice: one session of it", t -> {
                    t.page(RuleServer.ONE, "/a", (q, r) -> {
                                other(q, t, "/t").include(q, r);
                                other(q, t, "/t").include(q, r);
                            })
                            .page(RuleServer.TWO, "/t", (q, r) -> {
                                HttpSession session = q.getSession();
                                Object before = session.getAttribute("n");
                                session.setAttribute("n", before == null ? 1 : (Integer) before + 1);
                                r.getWriter().print(session.getAttribute("n"));
                            });
                    assertThat(t.browser(RuleServer.ONE).get("/a").body()).isEqualTo("12");
                })
                .containerBreaks("after such an include nothing more is written", t -> {}, Container.JETTY);
        rule("7.3", "a session that an application made as the target of a dispatch can be resumed in it", t -> {
            t.page(RuleServer.ONE, "/a", (q, r) -> other(q, t, "/t").forward(q, r))
                    .page(RuleServer.TWO, "/t", (q, r) -> {
                        q.getSession().setAttribute("a", "two");
                        r.getWriter().print("x");
                    })
                    .page(RuleServer.TWO, "/b", (q, r) -> r.getWriter().print(show(q)));
            Browser one = t.browser(RuleServer.ONE);
            one.get("/a");
            assertThat(one.session()).isNotNull();
            assertThat(t.browser(RuleServer.TWO)
                            .session(one.session())
                            .get("/b")
                            .body())
                    .isEqualTo("two /two");
        });
    }

    private static void dispatch(
            HttpServletRequest q, jakarta.servlet.http.HttpServletResponse r, RequestDispatcher to, boolean include)
            throws Exception {
        if (include) {
            to.include(q, r);
        } else {
            to.forward(q, r);
        }
    }
}
