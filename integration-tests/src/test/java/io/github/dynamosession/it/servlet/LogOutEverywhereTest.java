// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.servlet.DynamoSessions;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.testkit.EmbeddedDynamoDb;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@EmbeddedDynamoDb
@DisplayName("Log out everywhere, over HTTP, on two nodes without affinity, by the user that the container knows,")
class LogOutEverywhereTest {
    private static final String USER = "user";

    /** A container with the filter over DynamoDB; the index {@code principal} is all that is turned on. */
    private static final class Site implements AutoCloseable {
        private final SessionManager sessions;
        private final Container.Running running;

        Site(LoginContainer container, DynamoDbClient client, String table, boolean marks) throws Exception {
            sessions = SessionManager.builder(DynamoDbSessionStore.builder()
                            .client(client)
                            .tableName(table)
                            .index(SessionManager.PRINCIPAL, IndexType.TEXT)
                            .createTable(true)
                            .build())
                    .codec(JsonCodec.builder().build())
                    .indexMarks(marks)
                    .build();
            Map<String, TestServer.Page> pages = new ConcurrentHashMap<>();
            pages.put("/login", (request, response) -> {
                request.getSession();
                request.login(LoginContainer.USER, LoginContainer.PASSWORD);
                // The container remembers the login on this node alone.
                request.getSession().setAttribute(USER, request.getRemoteUser());
            });
            pages.put("/visit", (request, response) -> request.getSession().setAttribute(USER, "nobody"));
            pages.put("/seen", (request, response) -> {
                HttpSession session = request.getSession(false);
                response.getWriter().print(session == null ? "no session" : session.getAttribute(USER));
            });
            pages.put(
                    "/others",
                    (request, response) -> response.getWriter()
                            .print(sessions.findBy(SessionManager.PRINCIPAL, user(request))
                                    .sessions()
                                    .size()));
            pages.put("/end-others", (request, response) -> {
                Session current = DynamoSessions.session(request);
                response.getWriter().print(sessions.endAllBy(SessionManager.PRINCIPAL, user(request), current));
            });
            running = container.start(LoginContainer.Method.BASIC, (classes, context) -> {
                context.addFilter(
                                "sessions",
                                DynamoSessionFilter.builder(sessions).build())
                        .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
                TestServer.addPages(context, pages);
            });
        }

        private static Object user(HttpServletRequest request) {
            return request.getSession(false).getAttribute(USER);
        }

        Browser browser() {
            return new Browser(running.port());
        }

        @Override
        public void close() throws Exception {
            running.close();
            sessions.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("ends each session of the user but the one that asks, on both nodes, and nobody else's")
    void ends(LoginContainer container, DynamoDbClient client) throws Exception {
        for (boolean marks : new boolean[] {false, true}) {
            String table = "everywhere-" + UUID.randomUUID();
            try (Site one = new Site(container, client, table, marks);
                    Site two = new Site(container, client, table, marks)) {
                List<Browser> devices = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    Browser device = (i % 2 == 0 ? one : two).browser();
                    assertThat(device.get("/login").status()).isEqualTo(200);
                    devices.add(device);
                }
                Browser stranger = two.browser();
                stranger.get("/visit");
                Browser asking = two.browser().session(devices.get(0).session());
                assertThat(asking.get("/others").body()).isEqualTo("5");
                assertThat(asking.get("/end-others").body()).isEqualTo("4");
                assertThat(asking.get("/others").body()).isEqualTo("1");
                for (int i = 0; i < 5; i++) {
                    for (Site node : List.of(one, two)) {
                        assertThat(node.browser()
                                        .session(devices.get(i).session())
                                        .get("/seen")
                                        .body())
                                .isEqualTo(i == 0 ? LoginContainer.USER : "no session");
                    }
                }
                assertThat(one.browser()
                                .session(stranger.session())
                                .get("/seen")
                                .body())
                        .isEqualTo("nobody");
                Browser again = one.browser();
                again.get("/login");
                assertThat(two.browser().session(again.session()).get("/seen").body())
                        .as("a login afterwards")
                        .isEqualTo(LoginContainer.USER);
                assertThat(asking.get("/end-others").body()).isEqualTo("1");
            }
        }
    }
}
