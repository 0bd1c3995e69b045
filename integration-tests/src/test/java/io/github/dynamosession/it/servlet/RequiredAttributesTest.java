// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.it.servlet.Browser.Answer;
import io.github.dynamosession.memory.InMemorySessionStore;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A browser whose session has a required attribute that this node cannot read")
class RequiredAttributesTest {
    @Test
    @DisplayName("has no session here, gets a new one with a new id when a page asks, and the old one stays")
    void newSession() throws Exception {
        InMemorySessionStore table = new InMemorySessionStore();
        UnaryOperator<SessionManager.Builder> newRelease =
                builder -> builder.codec(JavaCodec.builder().build());
        UnaryOperator<SessionManager.Builder> oldRelease =
                builder -> builder.codec(JsonCodec.builder().build()).requiredAttributes("user");
        try (TestServer writer =
                        new TestServer(Container.TOMCAT, newRelease, UnaryOperator.identity(), context -> {}, table);
                TestServer reader =
                        new TestServer(Container.TOMCAT, oldRelease, UnaryOperator.identity(), context -> {}, table)) {
            for (TestServer server : new TestServer[] {writer, reader}) {
                server.page(
                                "/login",
                                (request, response) -> request.getSession().setAttribute("user", "ada"))
                        .page(
                                "/user",
                                (request, response) -> response.getWriter()
                                        .print(
                                                request.getSession(false) == null
                                                        ? "no session"
                                                        : request.getSession().getAttribute("user")));
            }
            Browser atWriter = writer.browser();
            atWriter.get("/login");
            String former = atWriter.session();
            assertThat(former).isNotNull();
            Browser atReader = reader.browser().session(former);
            Answer without = atReader.get("/user");
            assertThat(without.body()).isEqualTo("no session");
            assertThat(without.setCookies()).as("the cookie is left alone").isEmpty();
            assertThat(atReader.get("/login").setCookie(TestServer.COOKIE)).isNotNull();
            assertThat(atReader.session()).isNotNull().isNotEqualTo(former);
            assertThat(atReader.get("/user").body()).isEqualTo("ada");
            assertThat(atWriter.get("/user").body())
                    .as("for a node that can read it")
                    .isEqualTo("ada");
        }
    }
}
