// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionListener;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoreOperation;
import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.annotation.SessionScope;
import org.springframework.web.context.request.RequestContextListener;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@DisplayName("The auto-configuration")
class SettingsTest {
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class App {
        @Bean
        SecurityFilterChain open(HttpSecurity http) {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                    .build();
        }
    }

    private static ConfigurableApplicationContext start(List<Class<?>> more, String... properties) {
        List<String> arguments = new ArrayList<>(List.of("--server.port=0", "--logging.level.root=error"));
        if (Stream.of(properties).noneMatch(property -> property.startsWith("spring.autoconfigure.exclude"))) {
            arguments.add("--spring.autoconfigure.exclude=" + Node.JETTY);
        }
        Stream.of(properties).map(property -> "--" + property).forEach(arguments::add);
        List<Class<?>> sources = new ArrayList<>(List.of(App.class));
        sources.addAll(more);
        return new SpringApplicationBuilder(sources.toArray(Class<?>[]::new)).run(arguments.toArray(String[]::new));
    }

    /** What Spring Boot prints in place of a stack trace. */
    private static String failure(List<Class<?>> more, String... properties) {
        Throwable failure = catchThrowable(() -> start(more, properties).close());
        assertThat(failure).isNotNull();
        FailureAnalysis analysis = SpringFactoriesLoader.forDefaultResourceLocation()
                .load(FailureAnalyzer.class, SpringFactoriesLoader.FailureHandler.handleMessage((message, cause) -> {}))
                .stream()
                .filter(analyzer -> analyzer.getClass().getName().startsWith("io.github.dynamosession."))
                .findAny()
                .orElseThrow()
                .analyze(failure);
        assertThat(analysis).as("%s", failure).isNotNull();
        return analysis.getDescription() + "\n" + analysis.getAction();
    }

    @Test
    @DisplayName("fails without a table, with the two lines to choose from")
    void noTable() {
        assertThat(failure(List.of()))
                .contains("dynamosession.table-name")
                .contains("    dynamosession.table-name=sessions\n    dynamosession.store=memory\n");
    }

    @Test
    @DisplayName("fails for keys that nobody knows, with the nearest, and for all that is wrong at once")
    void unknownKeys() {
        assertThat(failure(
                        List.of(),
                        "dynamosession.store=memory",
                        "dynamosession.tuoch-interval=1m",
                        "dynamosession.idle-timeout=soon",
                        "dynamosession.alowed-types[0]=com.shop.Cart"))
                .contains("dynamosession.tuoch-interval")
                .contains("did you mean dynamosession.touch-interval?")
                .contains("dynamosession.idle-timeout must be a duration")
                .contains("did you mean dynamosession.allowed-types?");
    }

    @Test
    @DisplayName("makes nothing if it is switched off")
    void off() {
        try (ConfigurableApplicationContext context = start(List.of(), "dynamosession.enabled=false")) {
            assertThat(context.getBeanNamesForType(SessionManager.class)).isEmpty();
            assertThat(context.getBeanNamesForType(FilterRegistrationBean.class))
                    .noneMatch(name -> name.startsWith("dynamo"));
        }
    }

    /** Whatever the spelling, and from variables of the environment as Spring and as the engine write them. */
    @Test
    @DisplayName("binds settings as Spring binds others, and only warns of variables that it does not know")
    void binding() {
        SpringApplication application = new SpringApplication(App.class);
        application.addInitializers(context -> {
            context.getEnvironment()
                    .getPropertySources()
                    .addFirst(new SystemEnvironmentPropertySource(
                            "system-test-systemEnvironment",
                            Map.of(
                                    "DYNAMOSESSION_STORE", "memory",
                                    "DYNAMOSESSION_TOUCHINTERVAL", "11s",
                                    "DYNAMOSESSION_IDLE_TIMEOUT", "22m",
                                    "DYNAMOSESSION_SERVICE_HOST", "10.0.0.1")));
            context.getEnvironment()
                    .getPropertySources()
                    .addLast(new MapPropertySource(
                            "yaml",
                            Map.of(
                                    "dynamosession.allowedTypes[0]",
                                    Cart.class.getName(),
                                    "dynamosession.allowedTypes[1]",
                                    Probes.Order.class.getName(),
                                    "dynamosession.cookie.sameSite",
                                    "strict",
                                    "dynamosession.version",
                                    "of a build")));
        });
        try (ConfigurableApplicationContext context = application.run(
                "--server.port=0", "--logging.level.root=error", "--spring.autoconfigure.exclude=" + Node.JETTY)) {
            SessionSettings settings = context.getBean(SessionSettings.class);
            assertThat(settings.text("touch-interval")).contains("11s");
            assertThat(settings.text("idle-timeout")).contains("22m");
            assertThat(settings.text("allowed-types"))
                    .contains(Cart.class.getName() + "," + Probes.Order.class.getName());
            assertThat(settings.cookie().sameSite()).contains("Strict");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Parts {
        static final List<Object> TOLD = new CopyOnWriteArrayList<>();

        @Bean
        SessionObserver observer() {
            return new SessionObserver() {
                @Override
                public void operation(StoreOperation operation) {
                    TOLD.add(operation.kind());
                }
            };
        }

        @Bean
        SessionListener listener() {
            return new SessionListener() {
                @Override
                public void sessionCreated(Session session) {
                    TOLD.add("created");
                }
            };
        }

        @Bean
        SessionStore store() {
            return new InMemorySessionStore();
        }

        @Bean
        SessionCodec codec() {
            return JsonCodec.builder().allow(Cart.class).build();
        }
    }

    @Test
    @DisplayName("uses a store and a codec of the application, and tells its observers and listeners")
    void parts() {
        try (ConfigurableApplicationContext context = start(List.of(Parts.class))) {
            SessionManager manager = context.getBean(SessionManager.class);
            assertThat(manager.store()).isSameAs(context.getBean(SessionStore.class));
            Session session = manager.newSession();
            session.set("cart", new Cart());
            manager.save(session);
            assertThat(Parts.TOLD).contains("created");
            FilterRegistrationBean<?> filter = context.getBean("dynamoSessionFilter", FilterRegistrationBean.class);
            assertThat(filter.getFilter()).isInstanceOf(DynamoSessionFilter.class);
            assertThat(filter.getOrder()).isLessThan(-100);
            assertThat(filter.determineDispatcherTypes())
                    .containsExactlyInAnyOrder(DispatcherType.REQUEST, DispatcherType.ERROR, DispatcherType.ASYNC);
        }
    }

    private static DynamoDbClient client() {
        return DynamoDbClient.builder()
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .build();
    }

    @Configuration(proxyBeanMethods = false)
    static class OneClient {
        @Bean
        DynamoDbClient dynamoDbClient() {
            return client();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OtherClient {
        @Bean
        DynamoDbClient otherClient() {
            return client();
        }
    }

    @Test
    @DisplayName("uses the application's client, and asks which if there are several")
    void clients() {
        // Beside a client a region is refused: that it is shows that the client was taken.
        assertThat(failure(List.of(OneClient.class), "dynamosession.table-name=t", "dynamosession.region=eu-west-1"))
                .contains("dynamosession.region");
        List<Class<?>> two = List.of(OneClient.class, OtherClient.class);
        assertThat(failure(two, "dynamosession.table-name=t"))
                .contains("dynamosession.client must name one of the several DynamoDbClient beans");
        start(two, "dynamosession.table-name=t", "dynamosession.client=otherClient")
                .close();
        assertThat(failure(two, "dynamosession.table-name=t", "dynamosession.client=nobody"))
                .contains("dynamosession.client names neither");
    }

    @Configuration(proxyBeanMethods = false)
    static class SpringSession {
        @Bean
        Object springSessionRepositoryFilter() {
            return new Object();
        }
    }

    @Test
    @DisplayName("fails beside Spring Session's filter")
    void springSession() {
        assertThat(failure(List.of(SpringSession.class), "dynamosession.store=memory"))
                .contains("Spring Session's filter is there, too");
    }

    @Configuration(proxyBeanMethods = false)
    static class RawRequests {
        @Bean
        RequestContextListener requestContextListener() {
            return new RequestContextListener();
        }

        @Bean
        @SessionScope
        Visits visits() {
            return new Visits();
        }

        @Bean
        Pages pages(Visits visits) {
            return new Pages(visits);
        }
    }

    static class Visits {
        private int count;

        int next() {
            return ++count;
        }
    }

    @RestController
    static class Pages {
        private final Visits visits;

        Pages(Visits visits) {
            this.visits = visits;
        }

        @GetMapping("/visits")
        int visits() {
            return visits.next();
        }

        @GetMapping("/both")
        String both(jakarta.servlet.http.HttpServletRequest request) {
            jakarta.servlet.ServletRequest raw = request;
            while (raw instanceof jakarta.servlet.ServletRequestWrapper wrapper) {
                raw = wrapper.getRequest();
            }
            ((jakarta.servlet.http.HttpServletRequest) raw).getSession();
            request.getSession().setAttribute("a", "b");
            return "both";
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Node.JETTY, Node.TOMCAT})
    @DisplayName("gives the container's own session another cookie, which never takes the place of ours")
    void containersCookie(String otherServer) {
        try (ConfigurableApplicationContext context = start(
                List.of(RawRequests.class),
                "spring.autoconfigure.exclude=" + otherServer,
                "dynamosession.store=memory",
                "dynamosession.allowed-types=" + Visits.class.getName(),
                "server.servlet.session.cookie.name=SHOP",
                "server.servlet.session.cookie.same-site=strict",
                "server.servlet.session.cookie.secure=true",
                "server.servlet.session.cookie.partitioned=true",
                "server.servlet.session.timeout=90s")) {
            Node node = new Node(
                    context,
                    ((org.springframework.boot.web.server.context.WebServerApplicationContext) context)
                            .getWebServer()
                            .getPort());
            assertThat(((WebApplicationContext) context)
                            .getServletContext()
                            .getSessionCookieConfig()
                            .getName())
                    .isEqualTo("SHOP_CONTAINER");
            assertThat(new Visitor(node).get("/both").cookies())
                    .hasSize(2)
                    .anySatisfy((Consumer<String>) cookie -> assertThat(cookie)
                            .startsWith("SHOP=")
                            .containsIgnoringCase("SameSite=Strict")
                            .contains("; Secure")
                            .contains("; Partitioned"))
                    .anyMatch(cookie -> cookie.startsWith("SHOP_CONTAINER="));
            Visitor visitor = new Visitor(node);
            for (int i = 1; i <= 3; i++) {
                assertThat(visitor.get("/visits").cookies())
                        .as("behind a RequestContextListener the bean is in our session all the same")
                        .allMatch(cookie -> cookie.startsWith("SHOP="));
                assertThat(visitor.get("/visits").body()).isEqualTo(Integer.toString(2 * i));
            }
            assertThat(context.getBean(SessionManager.class).newSession().idleTimeout())
                    .hasValueSatisfying(timeout -> assertThat(timeout).hasSeconds(90));
        }
    }

    @Test
    @DisplayName("has metadata for IDEs of settings that exist")
    void metadata() throws IOException {
        TreeSet<String> names = new TreeSet<>();
        try (InputStream in = getClass().getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            for (JsonNode property : new JsonMapper().readTree(in).get("properties")) {
                names.add(property.get("name").stringValue());
                assertThat(property.get("description").stringValue()).endsWith(".");
            }
        }
        assertThat(names).hasSizeGreaterThan(40);
        // Of a codec that an application need not have.
        names.remove("dynamosession.java.allowed-types");
        try (ConfigurableApplicationContext context = start(List.of(), "dynamosession.store=memory")) {
            assertThat(context.getBean(SessionSettings.class).settings().stream()
                            .map(setting -> "dynamosession." + setting.key()))
                    .containsAll(names);
        }
    }

    @Test
    @DisplayName("refuses a malformed setting of its own")
    void failedLogins() {
        assertThat(failure(List.of(), "dynamosession.store=memory", "dynamosession.failed-logins=all"))
                .contains("dynamosession.failed-logins must be one of message, none");
    }
}
