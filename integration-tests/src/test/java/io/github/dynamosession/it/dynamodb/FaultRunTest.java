// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.servlet.DynamoSessions;
import io.github.dynamosession.spi.SessionStoreException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A shop whose database fails in every way, one request after the other,")
class FaultRunTest {
    private static final int REQUESTS = 150;

    /** More than any client repeats. */
    private static final int ALWAYS = 50;

    private static final String INTERNAL =
            "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\",\"message\":\"\"}";
    private static final String THROTTLED =
            "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ThrottlingException\",\"message\":\"\"}";

    private final FaultyProxy proxy = new FaultyProxy(Stores.endpoint());

    /** What the store said of the save of a request: whether its outcome is unknown. */
    private final Map<Integer, Boolean> said = new ConcurrentHashMap<>();

    /** What goes wrong while one request is served. */
    private enum Fault {
        NONE,
        ONE_REPLY_LOST,
        ALL_REPLIES_LOST,
        ONE_ERROR,
        ALL_ERRORS,
        ONE_RESET,
        ALL_RESET,
        ALL_THROTTLED,
        OUTAGE
    }

    /** What a client saw. */
    private enum Seen {
        ANSWERED,
        REFUSED_NOT_APPLIED,
        REFUSED_UNKNOWN
    }

    private void inject(Fault fault) {
        switch (fault) {
            case NONE -> {}
            case ONE_REPLY_LOST -> proxy.loseReplyTo("UpdateItem");
            case ALL_REPLIES_LOST -> proxy.loseRepliesTo("UpdateItem");
            case ONE_ERROR -> proxy.answer("UpdateItem", 1, 500, INTERNAL);
            case ALL_ERRORS -> proxy.answer("UpdateItem", ALWAYS, 500, INTERNAL);
            case ONE_RESET -> proxy.loseRequest("UpdateItem");
            case ALL_RESET -> reset("UpdateItem");
            case ALL_THROTTLED -> proxy.answer("UpdateItem", ALWAYS, 400, THROTTLED);
            case OUTAGE -> {
                reset("GetItem");
                reset("UpdateItem");
            }
        }
    }

    private void reset(String operation) {
        for (int i = 0; i < ALWAYS; i++) {
            proxy.loseRequest(operation);
        }
    }

    /** Puts something into the cart and counts it, and knows whether that was saved before it answers. */
    private final class Shop extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            int number = Integer.parseInt(request.getParameter("n"));
            request.getSession().setAttribute("item " + number, number);
            DynamoSessions.session(request).compute("count", Integer.class, before -> before.orElse(0) + 1);
            response.getWriter().print("in the cart");
            try {
                response.flushBuffer();
            } catch (SessionStoreException e) {
                said.put(number, e.outcomeUnknown());
                throw e;
            }
        }
    }

    @Test
    @DisplayName("answers with what is stored, or refuses and says rightly whether it may be stored")
    void everyRequest() throws Exception {
        Path base = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "tomcat")
                .toAbsolutePath();
        Tomcat tomcat = new Tomcat();
        try (SessionManager sessions = manager(proxy.endpoint())) {
            start(tomcat, base, sessions);
            Map<Fault, Map<Seen, Integer>> table = new EnumMap<>(Fault.class);
            Seen[] seen = new Seen[REQUESTS];
            String cookie = serve(tomcat, seen, table);
            try (SessionManager direct = manager(Stores.endpoint())) {
                Session session =
                        direct.open(cookie.substring(cookie.indexOf('=') + 1)).orElseThrow();
                int stored = 0;
                for (int i = 0; i < REQUESTS; i++) {
                    boolean there = session.get("item " + i, Integer.class).isPresent();
                    stored += there ? 1 : 0;
                    if (seen[i] != Seen.REFUSED_UNKNOWN) {
                        assertThat(there).as("item %s", i).isEqualTo(seen[i] == Seen.ANSWERED);
                    }
                }
                assertThat(session.get("count", Integer.class)).hasValue(stored);
            }
            assertThat(table.get(Fault.NONE)).containsOnlyKeys(Seen.ANSWERED);
            // The SDK repeats these, until so much has failed that it stops repeating anything.
            assertThat(table.get(Fault.ONE_REPLY_LOST)).containsKey(Seen.ANSWERED);
            assertThat(table.get(Fault.ONE_ERROR)).containsKey(Seen.ANSWERED);
            assertThat(table.get(Fault.ONE_RESET)).containsKey(Seen.ANSWERED);
            assertThat(table.get(Fault.ALL_THROTTLED)).containsOnlyKeys(Seen.REFUSED_NOT_APPLIED);
            assertThat(table.get(Fault.OUTAGE)).containsOnlyKeys(Seen.REFUSED_NOT_APPLIED);
            assertThat(table.get(Fault.ALL_REPLIES_LOST)).containsOnlyKeys(Seen.REFUSED_UNKNOWN);
        } finally {
            tomcat.stop();
            tomcat.destroy();
            proxy.close();
        }
    }

    private String serve(Tomcat tomcat, Seen[] seen, Map<Fault, Map<Seen, Integer>> table) throws Exception {
        URI site = URI.create("http://localhost:" + tomcat.getConnector().getLocalPort() + "/");
        HttpClient client = HttpClient.newHttpClient();
        Random random = new Random(12);
        String cookie = "";
        for (int i = 0; i < REQUESTS; i++) {
            Fault fault = i == 0 ? Fault.NONE : Fault.values()[random.nextInt(Fault.values().length)];
            inject(fault);
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(site.resolve("?n=" + i))
                            .header("Cookie", cookie)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            proxy.forget();
            if (i == 0) {
                cookie = response.headers()
                        .firstValue("Set-Cookie")
                        .orElseThrow()
                        .split(";", 2)[0];
            }
            if (response.statusCode() == 200) {
                seen[i] = Seen.ANSWERED;
            } else {
                assertThat(response.statusCode()).as("request %s, %s", i, fault).isEqualTo(503);
                // Without a word of the save the session could not even be read.
                seen[i] = said.getOrDefault(i, false) ? Seen.REFUSED_UNKNOWN : Seen.REFUSED_NOT_APPLIED;
            }
            table.computeIfAbsent(fault, key -> new EnumMap<>(Seen.class)).merge(seen[i], 1, Integer::sum);
        }
        return cookie;
    }

    private static SessionManager manager(URI endpoint) {
        return SessionManager.builder(DynamoDbSessionStore.builder()
                        .tableName(Stores.TABLE)
                        .client(Stores.blocking(endpoint))
                        .build())
                .codec(JsonCodec.builder().build())
                .storeEmptySessions(true)
                .build();
    }

    private void start(Tomcat tomcat, Path base, SessionManager sessions) throws Exception {
        tomcat.setBaseDir(base.toString());
        tomcat.setPort(0);
        tomcat.getConnector();
        Context context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "shop", new Shop());
        context.addServletMappingDecoded("/*", "shop");
        FilterDef definition = new FilterDef();
        definition.setFilterName("sessions");
        definition.setFilter(DynamoSessionFilter.builder(sessions).build());
        context.addFilterDef(definition);
        FilterMap map = new FilterMap();
        map.setFilterName("sessions");
        map.addURLPattern("/*");
        context.addFilterMap(map);
        tomcat.start();
    }
}
