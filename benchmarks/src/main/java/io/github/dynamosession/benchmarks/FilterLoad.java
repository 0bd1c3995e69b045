// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;

/**
 * Requests per second of one servlet: over the container's sessions, over our filter, and reading one
 * item with the same client and nothing else.
 *
 * <p>All run in one process against one in-process DynamoDB Local, in turn, several times; what counts
 * are the ratios within a round. The database shares the processors with everything else, so a ratio to
 * the container's sessions says mostly what DynamoDB Local costs, and the ratio to the raw read what we
 * add.
 */
public final class FilterLoad {
    private static final int CLIENTS = 4;
    private static final Duration WARM_UP = Duration.ofSeconds(4);
    private static final Duration ROUND = Duration.ofSeconds(2);
    private static final int ROUNDS = 9;
    private static final String TABLE = "sessions";

    /** Tomcat's, kept here because a logger that nobody holds is forgotten with its level. */
    private static final Logger QUIET = Logger.getLogger("org.apache");

    private FilterLoad() {}

    /**
     * Measures and prints.
     *
     * @param arguments none
     * @throws Exception if anything fails
     */
    public static void main(String[] arguments) throws Exception {
        QUIET.setLevel(Level.SEVERE);
        Path base = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "load-")
                .toAbsolutePath();
        Tomcat tomcat = new Tomcat();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (EmbeddedDynamoDbServer dynamo = EmbeddedDynamoDbServer.start();
                DynamoDbClient client = dynamo.client()) {
            DynamoDbTables.createTable(client, TABLE, ItemAttributes.defaults());
            DynamoDbSessionStore store = DynamoDbSessionStore.builder()
                    .tableName(TABLE)
                    .client(client)
                    .build();
            SessionManager sessions = SessionManager.builder(store)
                    .codec(JsonCodec.builder().build())
                    .storeEmptySessions(true)
                    .build();
            tomcat.setBaseDir(base.toString());
            tomcat.setPort(0);
            tomcat.setSilent(true);
            tomcat.getConnector().setProperty("maxKeepAliveRequests", "-1");
            context(tomcat, "/container", new SessionServlet(), context -> {});
            context(tomcat, "/filter", new SessionServlet(), context -> filter(context, sessions));
            context(tomcat, "/raw", new RawServlet(client), context -> {});
            tomcat.start();
            measure(tomcat.getConnector().getLocalPort(), clients);
        } finally {
            clients.shutdownNow();
            tomcat.stop();
            tomcat.destroy();
        }
    }

    private static void measure(int port, ExecutorService clients) throws Exception {
        String container = HttpLoad.cookie(port, "/container/login");
        String filter = HttpLoad.cookie(port, "/filter/login");
        Map<String, HttpLoad> loads = new LinkedHashMap<>();
        loads.put("container, reads", new HttpLoad(port, "/container/read", container));
        loads.put("container, changes", new HttpLoad(port, "/container/change", container));
        loads.put("filter, does not use the session", new HttpLoad(port, "/filter/none", filter));
        loads.put("filter, reads", new HttpLoad(port, "/filter/read", filter));
        loads.put("filter, changes", new HttpLoad(port, "/filter/change", filter));
        loads.put("one raw GetItem", new HttpLoad(port, "/raw/read", filter));
        for (HttpLoad load : loads.values()) {
            run(load, clients, WARM_UP);
        }
        Map<String, double[]> rates = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (Map.Entry<String, HttpLoad> load : loads.entrySet()) {
                rates.computeIfAbsent(load.getKey(), name -> new double[ROUNDS])[round] =
                        run(load.getValue(), clients, ROUND);
            }
        }
        System.out.printf("%-36s %12s%n", "", "requests/s");
        rates.forEach((name, perRound) -> System.out.printf("%-36s %12.0f%n", name, median(perRound)));
        System.out.printf("%n%-64s %8s %8s %8s%n", "ratio within a round", "min", "median", "max");
        ratio(rates, "filter, reads", "one raw GetItem");
        ratio(rates, "filter, reads", "container, reads");
        ratio(rates, "filter, changes", "container, changes");
        ratio(rates, "filter, does not use the session", "container, reads");
    }

    private static void ratio(Map<String, double[]> rates, String a, String b) {
        double[] above = Objects.requireNonNull(rates.get(a), a);
        double[] below = Objects.requireNonNull(rates.get(b), b);
        double[] ratios = new double[ROUNDS];
        Arrays.setAll(ratios, round -> above[round] / below[round]);
        Arrays.sort(ratios);
        System.out.printf(
                "%-64s %8.2f %8.2f %8.2f%n", a + " / " + b, ratios[0], ratios[ROUNDS / 2], ratios[ROUNDS - 1]);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static double run(HttpLoad load, ExecutorService clients, Duration length) throws Exception {
        long end = System.nanoTime() + length.toNanos();
        long start = System.nanoTime();
        List<Future<Long>> counts = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            counts.add(clients.submit(() -> load.until(end)));
        }
        long total = 0;
        for (Future<Long> count : counts) {
            total += count.get();
        }
        return total * 1e9 / (System.nanoTime() - start);
    }

    private static void context(Tomcat tomcat, String path, HttpServlet servlet, Consumer<Context> more) {
        Context context = tomcat.addContext(path, null);
        Tomcat.addServlet(context, "servlet", servlet);
        context.addServletMappingDecoded("/*", "servlet");
        more.accept(context);
    }

    private static void filter(Context context, SessionManager sessions) {
        FilterDef definition = new FilterDef();
        definition.setFilterName("sessions");
        definition.setFilter(DynamoSessionFilter.builder(sessions).build());
        definition.setAsyncSupported("true");
        context.addFilterDef(definition);
        FilterMap map = new FilterMap();
        map.setFilterName("sessions");
        map.addURLPattern("/*");
        context.addFilterMap(map);
    }

    /** The application: the same code whoever keeps the sessions. About 1 KB in each. */
    static final class SessionServlet extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String answer = switch (request.getPathInfo()) {
                case "/login" -> {
                    HttpSession session = request.getSession();
                    session.setAttribute("user", "somebody");
                    for (int i = 0; i < 8; i++) {
                        session.setAttribute("line" + i, "x".repeat(80));
                    }
                    yield "welcome";
                }
                case "/read" -> String.valueOf(request.getSession().getAttribute("user"));
                case "/change" -> {
                    String value = Long.toString(System.nanoTime());
                    request.getSession().setAttribute("line0", value);
                    yield value;
                }
                default -> "none";
            };
            answer(response, answer);
        }
    }

    /** What a read of the session cannot do without: one {@code GetItem} of the same row. */
    private static final class RawServlet extends HttpServlet {
        private static final long serialVersionUID = 1L;

        private final transient DynamoDbClient client;
        private transient Map<String, AttributeValue> key = Map.of();

        RawServlet(DynamoDbClient client) {
            this.client = client;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            if (key.isEmpty()) {
                key = Map.of(
                        "id",
                        client.scan(ScanRequest.builder()
                                        .tableName(TABLE)
                                        .limit(1)
                                        .build())
                                .items()
                                .get(0)
                                .get("id"));
            }
            Map<String, AttributeValue> item = client.getItem(
                            get -> get.tableName(TABLE).key(key).consistentRead(true))
                    .item();
            answer(response, Integer.toString(item.size()));
        }
    }

    private static void answer(HttpServletResponse response, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        response.setContentType("text/plain");
        response.setContentLength(body.length);
        try {
            response.getOutputStream().write(body);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
