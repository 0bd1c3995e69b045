// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.servlet.DynamoSessions;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.testkit.EmbeddedDynamoDb;
import jakarta.servlet.http.HttpSession;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@EmbeddedDynamoDb
@DisplayName("Over DynamoDB, a web application")
class DynamoDbServletTest {
    private final List<StoreOperation> operations = new CopyOnWriteArrayList<>();

    private TestServer server(Container container, DynamoDbClient client, String table) throws Exception {
        DynamoDbSessionStore store = DynamoDbSessionStore.builder()
                .client(client)
                .tableName(table)
                .createTable(true)
                .observer(new SessionObserver() {
                    @Override
                    public void operation(StoreOperation operation) {
                        operations.add(operation);
                    }
                })
                .build();
        return new TestServer(container, UnaryOperator.identity(), UnaryOperator.identity(), context -> {}, store)
                .page("/plain", (request, response) -> response.getWriter().print("plain"))
                .page(
                        "/count",
                        (request, response) -> response.getWriter()
                                .print(DynamoSessions.session(request)
                                        .compute("n", Integer.class, n -> n.orElse(0) + 1)
                                        .orElseThrow()))
                .page("/read", (request, response) -> {
                    HttpSession session = request.getSession(false);
                    response.getWriter().print(session == null ? "none" : session.getAttribute("n"));
                })
                .page("/login", (request, response) -> {
                    request.getSession();
                    request.changeSessionId();
                })
                .page("/logout", (request, response) -> request.getSession().invalidate());
    }

    private double[] units() {
        double[] units = {
            operations.stream().mapToDouble(StoreOperation::readUnits).sum(),
            operations.stream().mapToDouble(StoreOperation::writeUnits).sum()
        };
        operations.clear();
        return units;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "pays one read for a request that reads, one more write for one that changes, two for another id, else nothing")
    void cost(Container container, DynamoDbClient client) throws Exception {
        try (TestServer server = server(container, client, "cost-" + UUID.randomUUID())) {
            Browser browser = server.browser();
            browser.get("/count");
            assertThat(units()).containsExactly(0, 1);
            browser.get("/plain");
            assertThat(units()).containsExactly(0, 0);
            browser.get("/read");
            assertThat(units()).containsExactly(1, 0);
            browser.get("/count");
            assertThat(units()).containsExactly(1, 1);
            browser.get("/login");
            assertThat(units()).as("another id").containsExactly(1, 2);
            browser.get("/logout");
            assertThat(units()).containsExactly(1, 1);
            browser.session("not an id").get("/read");
            assertThat(units()).containsExactly(0, 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("keeps its sessions from node to node, through login and logout")
    void nodes(Container container, DynamoDbClient client) throws Exception {
        String table = "nodes-" + UUID.randomUUID();
        try (TestServer one = server(container, client, table);
                TestServer other = server(Container.JETTY, client, table)) {
            Browser first = one.browser();
            Browser second = other.browser();
            first.get("/count");
            String before = first.session();
            assertThat(second.session(before).get("/count").body()).isEqualTo("2");
            second.get("/login");
            assertThat(first.get("/read").body()).isEqualTo("null");
            assertThat(first.session(second.session()).get("/count").body()).isEqualTo("3");
            first.get("/logout");
            assertThat(second.get("/read").body()).isEqualTo("none");
        }
    }
}
