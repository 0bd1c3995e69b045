// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.it.servlet.TestServer.Page;
import io.github.dynamosession.servlet.DynamoSessionInitializer;
import jakarta.enterprise.context.SessionScoped;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Serializable;
import java.util.Map;
import java.util.Set;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.servlet.EnhancedListener;
import org.jboss.weld.environment.servlet.Listener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("@SessionScoped beans of CDI live in the container's session, as documented, and")
class CdiTest {
    /** A bean of a session. */
    @SessionScoped
    public static class Basket implements Serializable {
        private static final long serialVersionUID = 1L;
        private int items;

        int add() {
            return ++items;
        }
    }

    private static final Map<String, Page> PAGES = Map.of(
            "/bean", (request, response) -> print(response, basket().add()),
            "/attribute",
                    (request, response) -> {
                        Object before = request.getSession().getAttribute("count");
                        int count = before instanceof Integer number ? number + 1 : 1;
                        request.getSession().setAttribute("count", count);
                        print(response, count);
                    },
            "/both",
                    (request, response) -> {
                        request.getSession();
                        print(response, basket().add());
                        request.getSession().setAttribute("count", 10);
                    },
            "/id", (request, response) -> request.changeSessionId(),
            "/end", (request, response) -> request.getSession().invalidate());

    /** More than one codec is on the class path of these tests. */
    @BeforeAll
    static void chooseCodec() {
        System.setProperty("dynamosession.codec", "json");
    }

    @AfterAll
    static void forgetCodec() {
        System.clearProperty("dynamosession.codec");
    }

    private static Basket basket() {
        return CDI.current().select(Basket.class).get();
    }

    private static void print(HttpServletResponse response, int number) throws IOException {
        response.getWriter().print(number);
    }

    private static Container.Running start(Container container) throws Exception {
        return container.start((classes, context) -> {
            context.setInitParameter("dynamosession.store", "memory");
            new DynamoSessionInitializer().onStartup(classes, context);
            context.setAttribute(
                    Listener.CONTAINER_ATTRIBUTE_NAME,
                    new Weld().disableDiscovery().addBeanClass(Basket.class));
            new EnhancedListener().onStartup(Set.of(), context);
            TestServer.addPages(context, PAGES);
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("neither disturb our session, nor is our session's cookie replaced")
    void apart(Container container) throws Exception {
        try (FilterLog log = new FilterLog();
                Container.Running running = start(container)) {
            Browser browser = new Browser(running.port());
            assertThat(browser.get("/attribute").body()).isEqualTo("1");
            String ours = browser.session();
            assertThat(browser.get("/bean").body()).isEqualTo("1");
            assertThat(browser.get("/bean").body()).isEqualTo("2");
            assertThat(browser.get("/attribute").body()).isEqualTo("2");
            assertThat(browser.session()).isEqualTo(ours);
            Browser other = new Browser(running.port());
            assertThat(other.get("/both").body()).isEqualTo("1");
            assertThat(other.get("/attribute").body()).isEqualTo("11");
            assertThat(other.get("/both").body()).isEqualTo("2");
            assertThat(log.text()).doesNotContain("may not be stored").doesNotContain("listener failed");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("end with our session, and stay when its id changes")
    void lifeCycle(Container container) throws Exception {
        try (Container.Running running = start(container)) {
            Browser browser = new Browser(running.port());
            browser.get("/attribute");
            browser.get("/bean");
            String theirs = browser.cookie("JSESSIONID_CONTAINER");
            browser.get("/id");
            assertThat(browser.cookie("JSESSIONID_CONTAINER")).isNotEqualTo(theirs);
            assertThat(browser.get("/bean").body()).isEqualTo("2");
            browser.get("/end");
            assertThat(browser.get("/bean").body()).isEqualTo("1");
            assertThat(browser.get("/attribute").body()).isEqualTo("1");
        }
    }
}
