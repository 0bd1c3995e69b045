// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.it.spring.Visitor.Answer;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spring.DynamoWebSessions;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.ResponseCookie;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.userdetails.MapReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.authentication.SessionLimit;
import org.springframework.security.web.server.csrf.CsrfToken;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebSession;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/** Each request of a visitor goes to the other node; both run on Netty, a third one on Jetty. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName("WebFlux on two nodes without affinity")
class WebFluxTest {
    private static final String COOKIE = "SESSION";

    private static final String NETTY = "reactor.netty.autoconfigure.Netty";
    private static final String JETTY = "jetty.autoconfigure.reactive.Jetty";

    /** The servers of the class path, as the names of their auto-configurations begin. */
    private static final List<String> SERVERS = List.of(NETTY, JETTY, "tomcat.autoconfigure.reactive.Tomcat");

    /** A request to {@code /never} has arrived. */
    private static final CountDownLatch WAITING = new CountDownLatch(1);

    private final Database database = new Database();
    private Node a;
    private Node b;
    private Node jetty;

    /** Over a client that does not block, with settings of its own. */
    private Node c;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableWebFluxSecurity
    static class App {
        @Bean
        SecurityWebFilterChain security(ServerHttpSecurity http, @Value("${shop.max-sessions:-1}") int maxSessions) {
            if (maxSessions > 0) {
                http.sessionManagement(sessions -> sessions.concurrentSessions(
                        concurrent -> concurrent.maximumSessions(SessionLimit.of(maxSessions))));
            }
            return http.authorizeExchange(requests -> requests.pathMatchers("/account")
                            .authenticated()
                            .anyExchange()
                            .permitAll())
                    .formLogin(Customizer.withDefaults())
                    .build();
        }

        @Bean
        MapReactiveUserDetailsService users() {
            return new MapReactiveUserDetailsService(User.withUsername("alice")
                    .password("{noop}tea")
                    .roles("CUSTOMER")
                    .build());
        }

        @Bean
        Pages pages() {
            return new Pages();
        }
    }

    /** The application's own. */
    @Configuration(proxyBeanMethods = false)
    static class AsyncClient {
        @Bean
        DynamoDbAsyncClient dynamoDb(@Value("${shop.database}") URI endpoint) {
            return DynamoDbAsyncClient.builder()
                    .endpointOverride(endpoint)
                    .region(Region.EU_CENTRAL_1)
                    .build();
        }
    }

    @RestController
    static class Pages {
        @GetMapping("/theme")
        Mono<String> theme(ServerWebExchange exchange, WebSession session) {
            session.getAttributes().put("value", "dark");
            exchange.getResponse()
                    .addCookie(ResponseCookie.from("theme", "dark").build());
            return Mono.just("dark");
        }

        @GetMapping("/set")
        String set(WebSession session, @RequestParam String value) {
            List<String> values = session.getAttributeOrDefault("seen", new ArrayList<>());
            values.add(value);
            session.getAttributes().put("seen", values);
            return "set";
        }

        @GetMapping("/large/put")
        String putLarge(WebSession session) {
            session.getAttributes().put("large", LargeValue.TEXT);
            return "put";
        }

        @GetMapping("/large")
        String large(WebSession session) {
            return LargeValue.digest(session.getRequiredAttribute("large"));
        }

        @GetMapping("/large/later")
        Mono<String> later(WebSession session) {
            return Mono.fromCompletionStage(DynamoWebSessions.session(session).getAsync("large", String.class))
                    .map(large -> LargeValue.digest(large.orElseThrow()));
        }

        @GetMapping("/seen")
        String seen(WebSession session) {
            return session.getAttributes().keySet().contains("seen")
                    ? String.join(",", session.<List<String>>getRequiredAttribute("seen"))
                    : "nothing";
        }

        /** Changed in place, and nobody says so. */
        @GetMapping("/add")
        String add(WebSession session, @RequestParam String value) {
            session.<List<String>>getRequiredAttribute("seen").add(value);
            return "added";
        }

        @GetMapping("/count")
        String count(WebSession session) {
            return DynamoWebSessions.session(session)
                    .compute("count", Integer.class, n -> n.orElse(0) + 1)
                    .map(String::valueOf)
                    .orElse("");
        }

        @GetMapping("/refused")
        String refused(WebSession session) {
            session.getAttributes().put("seen", new ArrayList<>(List.of("refused")));
            throw new SessionStoreException("a save of the application's own that failed", null, false);
        }

        /** Never answers. */
        @GetMapping("/never")
        Mono<String> never(WebSession session) {
            session.getAttributes().put("seen", new ArrayList<>(List.of("before the end")));
            return Mono.<String>never().doOnSubscribe(waits -> WAITING.countDown());
        }

        @GetMapping("/untouched")
        String untouched() {
            return "untouched";
        }

        @GetMapping("/change")
        Mono<String> change(WebSession session) {
            session.getAttributes().put("changed", "yes");
            String former = session.getId();
            return session.changeSessionId()
                    .then(Mono.fromSupplier(() -> former.equals(session.getId()) ? "same" : "other"));
        }

        /** Asks for a lot, and subscribes to nothing. */
        @GetMapping("/unsubscribed")
        String unsubscribed(WebSession session) {
            session.save();
            session.changeSessionId();
            session.invalidate();
            return "nothing";
        }

        @GetMapping("/end")
        Mono<String> end(WebSession session) {
            return session.invalidate().thenReturn("ended");
        }

        @GetMapping("/thread")
        Mono<String> thread(WebSession session) {
            session.getAttributes().put("thread", "x");
            return session.save()
                    .then(Mono.fromSupplier(() -> Thread.currentThread().getName()));
        }

        @GetMapping("/account")
        Mono<String> account(ServerWebExchange exchange) {
            return exchange.getPrincipal().map(user -> user.getName());
        }

        @GetMapping("/form")
        Mono<String> form(ServerWebExchange exchange) {
            Mono<CsrfToken> token = exchange.getAttributeOrDefault(CsrfToken.class.getName(), Mono.empty());
            return token.map(csrf -> "name=\"_csrf\" value=\"" + csrf.getToken() + "\"");
        }
    }

    private Node start(List<Class<?>> sources, String... more) {
        return start(NETTY, sources, more);
    }

    private Node start(String server, List<Class<?>> sources, String... more) {
        ConfigurableApplicationContext context = new SpringApplicationBuilder(App.class)
                .sources(sources.toArray(Class<?>[]::new))
                .web(WebApplicationType.REACTIVE)
                .run(arguments(
                        more,
                        "--server.port=0",
                        "--logging.level.root=warn",
                        "--spring.autoconfigure.exclude="
                                + SERVERS.stream()
                                        .filter(other -> !other.equals(server))
                                        .map(other -> "org.springframework.boot." + other
                                                + "ReactiveWebServerAutoConfiguration")
                                        .collect(Collectors.joining(",")),
                        "--shop.database=" + database.endpoint(),
                        "--dynamosession.indexes=principal",
                        "--management.endpoints.web.exposure.include=health,dynamosessions",
                        "--dynamosession.create-table=true",
                        "--dynamosession.table-name=" + database.table()));
        return new Node(
                context, ((WebServerApplicationContext) context).getWebServer().getPort());
    }

    private static String[] arguments(String[] more, String... all) {
        return Stream.concat(Stream.of(all), Stream.of(more)).toArray(String[]::new);
    }

    @BeforeAll
    void start2() {
        String[] database = {
            "--dynamosession.endpoint=" + this.database.endpoint(), "--dynamosession.region=eu-central-1"
        };
        a = start(List.of(), database);
        b = start(List.of(), database);
        jetty = start(JETTY, List.of(), database);
        c = start(
                List.of(AsyncClient.class),
                "--shop.max-sessions=1",
                "--dynamosession.prefetch=seen",
                "--server.reactive.session.timeout=2m",
                "--server.reactive.session.cookie.path=/shop",
                "--server.reactive.session.cookie.domain=shop.example",
                "--server.reactive.session.cookie.same-site=none",
                "--server.reactive.session.cookie.secure=true",
                "--server.reactive.session.cookie.partitioned=true",
                "--server.reactive.session.cookie.max-age=1h");
    }

    /** Together: the first that closes takes Reactor Netty's threads along. */
    @AfterAll
    void stop() {
        Stream.of(a, b, c, jetty).forEach(Node::close);
        database.close();
    }

    private Visitor visitor() {
        return new Visitor(a, b);
    }

    @Test
    @DisplayName("says at the start which cookie it has")
    void report() {
        assertThat(a.context().getBean(SessionManager.class).report())
                .contains(" by Spring WebFlux with the cookie SESSION; ");
    }

    @Test
    @DisplayName("keeps attributes, set and changed in place")
    void attributes() {
        Visitor visitor = visitor();
        assertThat(visitor.get("/seen").cookies())
                .as("a session that did not begin")
                .isEmpty();
        assertThat(visitor.get("/set?value=a").cookies())
                .singleElement()
                .asString()
                .startsWith(COOKIE + "=")
                .containsIgnoringCase("; HttpOnly")
                .contains("; SameSite=Lax");
        assertThat(visitor.get("/seen").body()).isEqualTo("a");
        visitor.get("/add?value=b");
        assertThat(visitor.get("/seen").body()).isEqualTo("a,b");
        assertThat(visitor.get("/seen").cookies()).isEmpty();
    }

    @Test
    @DisplayName("costs nothing if nobody asks, one read for reading, one read and one write for a change")
    void cost() {
        Visitor visitor = visitor();
        visitor.get("/set?value=a");
        database.operations();
        for (int i = 0; i < 2; i++) {
            visitor.get("/seen");
            assertThat(database.operations()).containsExactly("GetItem");
            visitor.get("/set?value=b");
            assertThat(database.operations()).containsExactly("GetItem", "UpdateItem");
        }
    }

    @Test
    @DisplayName(
            "keeps a session of 5 MB: fetched with the session, or, if prefetch names others, when it is asked for")
    void fiveMegabytes() {
        Visitor visitor = visitor();
        double written = a.units("write") + b.units("write");
        long start = System.nanoTime();
        assertThat(visitor.get("/large/put").status()).isEqualTo(200);
        System.out.println("5 MB, WebFlux, put: " + (System.nanoTime() - start) / 1_000_000 + " ms");
        assertThat(a.units("write") + b.units("write") - written).isBetween(5_000.0, 5_300.0);
        double read = b.units("read");
        start = System.nanoTime();
        assertThat(visitor.get("/large").body()).isEqualTo(LargeValue.digest(LargeValue.TEXT));
        System.out.println("5 MB, WebFlux, get: " + (System.nanoTime() - start) / 1_000_000 + " ms");
        assertThat(b.units("read") - read).isBetween(625.0, 665.0);
        double spared = c.units("read");
        double writtenBefore = c.units("write");
        Visitor other = new Visitor(c).cookie(COOKIE, visitor.cookie(COOKIE));
        other.get("/set?value=a");
        assertThat(c.units("read", spared + 1) - spared).isEqualTo(1);
        assertThat(c.units("write", writtenBefore + 1) - writtenBefore).isEqualTo(1);
        assertThat(other.get("/large/later").body()).isEqualTo(LargeValue.digest(LargeValue.TEXT));
        assertThat(c.units("read", spared + 625) - spared).isBetween(625.0, 665.0);
    }

    @Test
    @DisplayName("computes exactly")
    void compute() {
        Visitor visitor = visitor();
        for (int i = 1; i <= 4; i++) {
            assertThat(visitor.get("/count").body()).isEqualTo(Integer.toString(i));
        }
    }

    @Test
    @DisplayName("changes the id when that is subscribed to: the old one is dead on all nodes")
    void changeId() {
        Visitor visitor = visitor();
        visitor.get("/set?value=a");
        String former = visitor.cookie(COOKIE);
        assertThat(visitor.get("/change").body()).isEqualTo("other");
        assertThat(visitor.cookie(COOKIE)).isNotEqualTo(former);
        assertThat(visitor.get("/seen").body()).isEqualTo("a");
        database.movedLongAgo();
        assertThat(visitor().cookie(COOKIE, former).get("/seen").body()).isEqualTo("nothing");
    }

    @Test
    @DisplayName("saves, changes and ends nothing that nobody subscribes to")
    void unsubscribed() {
        Visitor visitor = visitor();
        visitor.get("/set?value=a");
        database.operations();
        assertThat(visitor.get("/unsubscribed").cookies()).isEmpty();
        assertThat(database.operations()).containsExactly("GetItem");
        assertThat(visitor.get("/seen").body()).isEqualTo("a");
    }

    @Test
    @DisplayName("tells Actuator of the store's health and of a user's sessions")
    void actuator() {
        Visitor alice = visitor();
        alice.logIn("alice", "tea");
        Visitor operator = visitor();
        assertThat(operator.get("/actuator/health").body()).contains("\"dynamosession\":{\"status\":\"UP\"}");
        assertThat(operator.get("/actuator/dynamosessions?username=alice").body())
                .contains("\"reference\"", "\"SPRING_SECURITY_CONTEXT\"")
                .doesNotContain(alice.cookie(COOKIE), "ROLE_");
    }

    @Test
    @DisplayName("ends the session on all nodes, and clears the cookie")
    void end() {
        Visitor visitor = visitor();
        visitor.get("/set?value=a");
        String former = visitor.cookie(COOKIE);
        assertThat(visitor.get("/end").body()).isEqualTo("ended");
        assertThat(visitor.cookie(COOKIE)).isNull();
        for (int i = 0; i < 2; i++) {
            assertThat(visitor().cookie(COOKIE, former).get("/seen").body()).isEqualTo("nothing");
        }
    }

    @Test
    @DisplayName("never clears a cookie only because its session is unknown")
    void unknown() {
        String unknown = "A".repeat(43);
        Visitor visitor = visitor().cookie(COOKIE, unknown);
        assertThat(visitor.get("/seen").cookies()).isEmpty();
    }

    @Test
    @DisplayName("does what blocks elsewhere than on an event loop, and goes on there if the client does not block")
    void threads() {
        assertThat(visitor().get("/thread").body()).startsWith("boundedElastic-");
        assertThat(new Visitor(c).get("/thread").body()).startsWith("boundedElastic-");
    }

    @Test
    @DisplayName("honours server.reactive.session.*")
    void properties() {
        assertThat(new Visitor(c).get("/set?value=a").cookies())
                .singleElement()
                .asString()
                .startsWith(COOKIE + "=")
                .contains("; Path=/shop", "; Domain=shop.example", "; Max-Age=3612", "; Secure", "; SameSite=None")
                .contains("; Partitioned");
        assertThat(database.rows())
                .anyMatch(row -> row.containsKey("idle_timeout")
                        && row.get("idle_timeout").n().equals("120000"));
    }

    @Test
    @DisplayName("answers 503 without touching the cookie if a read or a save fails")
    void down() {
        Visitor visitor = visitor();
        visitor.get("/set?value=a");
        database.down(true);
        try {
            for (String path : List.of("/seen", "/set?value=b")) {
                Answer answer = visitor.get(path);
                assertThat(answer.status()).as(path).isEqualTo(503);
                assertThat(answer.cookies()).as(path).isEmpty();
            }
            Answer fresh = visitor().get("/set?value=c");
            assertThat(fresh.status()).as("its save fails").isEqualTo(503);
            assertThat(fresh.cookies()).isEmpty();
            Answer themed = visitor().get("/theme");
            assertThat(themed.status()).isEqualTo(503);
            assertThat(themed.cookies()).as("what the page set").isEmpty();
            assertThat(visitor.get("/untouched").status()).isIn(200, 503);
        } finally {
            database.down(false);
        }
        assertThat(visitor.get("/seen").body()).isEqualTo("a");
        assertThat(visitor().get("/theme").cookies()).hasSize(2);
    }

    @Test
    @DisplayName("saves what a request has changed when its client goes away")
    void clientGone() throws Exception {
        Visitor visitor = visitor();
        visitor.get("/set?value=a");
        try (Socket client = new Socket("localhost", a.port())) {
            client.getOutputStream()
                    .write(("GET /never HTTP/1.1\r\nHost: localhost\r\nCookie: " + COOKIE + "=" + visitor.cookie(COOKIE)
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(WAITING.await(1, TimeUnit.MINUTES)).isTrue();
        }
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        String seen = "a";
        while (seen.equals("a") && System.nanoTime() < end) {
            seen = visitor.get("/seen").body();
        }
        assertThat(seen).isEqualTo("before the end");
    }

    @Test
    @DisplayName("finds a session on Jetty whatever another client of the same connection sent before")
    void sharedConnection() throws IOException {
        Visitor own = new Visitor(jetty);
        own.get("/set?value=mine");
        assertThat(SharedConnection.ask(jetty.port(), "/seen", COOKIE, Objects.requireNonNull(own.cookie(COOKIE))))
                .endsWith("mine");
    }

    @Test
    @DisplayName("answers 503 and stores nothing if a save of the application's own fails")
    void refused() {
        Visitor visitor = visitor();
        visitor.get("/set?value=a");
        Answer answer = visitor.get("/refused");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(visitor.get("/seen").body()).isEqualTo("a");
    }

    @Test
    @DisplayName("keeps Spring Security's logins and CSRF tokens, saved by the changes of the id that it asks for")
    void security() {
        Visitor visitor = visitor();
        String csrf = visitor.get("/login").csrf();
        String anonymous = visitor.cookie(COOKIE);
        assertThat(anonymous).isNotNull();
        database.operations();
        Answer login = visitor.post("/login", "username", "alice", "password", "tea", "_csrf", csrf);
        assertThat(login.status()).isEqualTo(302);
        assertThat(database.operations()).startsWith("GetItem").doesNotContain("UpdateItem");
        assertThat(visitor.cookie(COOKIE)).isNotEqualTo(anonymous);
        for (int i = 0; i < 2; i++) {
            assertThat(visitor.get("/account").body()).isEqualTo("alice");
        }
        assertThat(visitor().get("/account").status()).isEqualTo(302);
        assertThat(database.rows()).noneMatch(row -> row.toString().contains("{noop}"));
    }

    @Test
    @DisplayName("counts a user's sessions on all nodes for concurrentSessions: the others give way to a login")
    void concurrentSessions() {
        Visitor first = new Visitor(a);
        first.logIn("alice", "tea");
        assertThat(first.get("/account").body()).isEqualTo("alice");
        Visitor second = new Visitor(c);
        second.logIn("alice", "tea");
        assertThat(first.get("/account").status()).isEqualTo(302);
        for (int i = 0; i < 2; i++) {
            assertThat(second.get("/account").body()).isEqualTo("alice");
            second.logIn("alice", "tea");
        }
        assertThat(second.get("/count").body())
                .as("behind Spring Security's wrapper of the session")
                .isEqualTo("1");
        assertThat(new Visitor(c).get("/seen").cookies())
                .as("the registry is told the id, which begins no session")
                .isEmpty();
        database.operations();
        second.get("/account");
        assertThat(database.operations()).as("no more than the session").containsExactly("GetItem");
    }
}
