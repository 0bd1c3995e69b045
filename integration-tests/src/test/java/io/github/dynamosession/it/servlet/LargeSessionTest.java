// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.testkit.EmbeddedDynamoDb;
import jakarta.servlet.http.HttpSession;
import java.lang.management.ManagementFactory;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@EmbeddedDynamoDb
@DisplayName("A session of 5 MB, over DynamoDB,")
class LargeSessionTest {
    private static final String LARGE = large();

    private final List<StoreOperation> operations = new CopyOnWriteArrayList<>();

    private static String large() {
        byte[] random = new byte[5 * 1024 * 1024];
        new Random(1).nextBytes(random);
        return Base64.getEncoder().encodeToString(random);
    }

    private static String digest(Object text) {
        return text.toString().length() + " " + text.hashCode();
    }

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
        // What the server records the calls with keeps no parts.
        return new TestServer(
                        container, manager -> manager.store(store), UnaryOperator.identity(), context -> {}, store)
                .page("/put", (request, response) -> {
                    request.getSession().setAttribute("large", LARGE);
                    // Saved here, in this thread, so that what it allocates can be told.
                    long before = allocated();
                    long start = System.nanoTime();
                    response.flushBuffer();
                    print(container, "saved", start, before);
                })
                .page("/get", (request, response) -> {
                    long before = allocated();
                    long start = System.nanoTime();
                    Object large = request.getSession(false).getAttribute("large");
                    print(container, "fetched", start, before);
                    response.getWriter().print(digest(large));
                })
                .page("/count", (request, response) -> {
                    HttpSession session = request.getSession();
                    Object n = session.getAttribute("n");
                    session.setAttribute("n", n == null ? 1 : (Integer) n + 1);
                    response.getWriter().print(session.getAttribute("n"));
                })
                .page("/login", (request, response) -> request.changeSessionId());
    }

    /** By this thread, so far. */
    private static long allocated() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.ThreadMXBean.class)
                .getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    private static void print(Container container, String what, long start, long before) {
        System.out.println("5 MB, " + container + ", " + what + ": " + (System.nanoTime() - start) / 1_000_000 + " ms, "
                + (allocated() - before) / (1024 * 1024) + " MB allocated");
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
    @DisplayName("goes from node to node, through a login, and costs one unit where nobody asks for what is large")
    void fromNodeToNode(Container container, DynamoDbClient client) throws Exception {
        String table = "large-" + UUID.randomUUID();
        try (TestServer one = server(container, client, table);
                TestServer two = server(container, client, table)) {
            Browser browser = one.browser();
            browser.get("/put");
            double written = units()[1];
            assertThat(written).isBetween(5_000.0, 5_300.0);
            Browser elsewhere = two.browser().session(browser.session());
            assertThat(elsewhere.get("/count").body()).isEqualTo("1");
            assertThat(units()).containsExactly(1, 1);
            assertThat(elsewhere.get("/get").body()).isEqualTo(digest(LARGE));
            assertThat(units()[0]).isBetween(625.0, 665.0);
            elsewhere.get("/login");
            assertThat(units()).containsExactly(1, 2);
            assertThat(one.browser().session(elsewhere.session()).get("/get").body())
                    .isEqualTo(digest(LARGE));
        }
    }
}
