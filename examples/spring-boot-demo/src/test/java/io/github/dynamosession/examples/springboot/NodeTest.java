// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.examples.servlet.Cart;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

@DisplayName("A node of the Spring Boot demo")
class NodeTest {
    private final CookieManager cookies = new CookieManager();

    /**
     * A connection for each request: Reactor Netty 1.3.7 now and then leaves the second one of a connection unread
     * (<a href="https://github.com/reactor/reactor-netty/issues/4361">reactor-netty#4361</a>).
     */
    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
            throws IOException, InterruptedException {
        return HttpClient.newBuilder().cookieHandler(cookies).build().send(request, body);
    }

    private static HttpRequest.Builder request(ConfigurableApplicationContext server, String path) {
        // The JDK's cookies know hosts by name.
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                + ((WebServerApplicationContext) server).getWebServer().getPort() + path));
    }

    private HttpResponse<String> get(ConfigurableApplicationContext server, String path)
            throws IOException, InterruptedException {
        return send(request(server, path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(ConfigurableApplicationContext server, String path, String form)
            throws IOException, InterruptedException {
        return send(
                request(server, path)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static SpringApplication application(String stack) {
        return stack.equals("WebFlux")
                ? io.github.dynamosession.examples.springwebflux.Demo.application()
                : new SpringApplication(ShopApplication.class);
    }

    private static Map<String, String> named(String name, Map<String, String> options) {
        Map<String, String> all = new HashMap<>(options);
        all.put("name", name);
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"servlets", "WebFlux"})
    @DisplayName("serves the page, its calls, and the plain requests with what they cost, and shares its sessions")
    void serves(String stack) throws IOException, InterruptedException {
        String endpoint = EmbeddedDynamoDbServer.shared().endpoint().toString();
        Map<String, String> options = Map.of(
                "table",
                "spring-boot-demo-" + stack,
                "endpoint",
                endpoint,
                "embedded",
                "true",
                "compress-above",
                "off");
        try (ConfigurableApplicationContext a = Node.start(application(stack), named("A", options));
                ConfigurableApplicationContext b = Node.start(application(stack), named("B", options))) {

            assertThat(get(a, "/").body()).contains("demo.js");
            assertThat(get(a, "/demo.css").headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("text/css"));
            assertThat(get(a, "/who").body()).isEqualTo("nobody");
            assertThat(get(a, "/who").headers().firstValue("X-Demo-Calls")).contains("0");
            assertThat(post(a, "/api/cart", "sku=tea&by=1").body()).contains("\"items\":1");
            assertThat(post(b, "/api/login", "user=ada").body()).contains("\"user\":\"ada\"", "\"items\":1");
            assertThat(get(a, "/who").body()).isEqualTo("ada");

            assertThat(get(a, "/change").body()).isEqualTo("1");
            HttpResponse<String> changed = get(b, "/change");
            assertThat(changed.body()).isEqualTo("2");
            assertThat(changed.headers().firstValue("X-Demo-Node")).contains("B");
            assertThat(changed.headers().firstValue("X-Demo-Operations")).contains("find,update");
            assertThat(changed.headers().firstValue("X-Demo-Write-Units")).contains("1");

            assertThat(get(b, "/login?user=bob&kb=20").body()).isEqualTo("bob");
            HttpResponse<String> read = get(a, "/read?k=user");
            assertThat(read.body()).isEqualTo("bob");
            assertThat(read.headers().firstValue("X-Demo-Read-Units")).contains("5");
            assertThat(get(a, "/login?user=bob&kb=nonsense").statusCode()).isEqualTo(400);
            assertThat(get(a, "/logout").body()).isEqualTo("bye");
            assertThat(get(b, "/who").body()).isEqualTo("nobody");
        }
    }

    @Test
    @DisplayName("is set up as docs/spring.md says")
    void documentation() throws IOException {
        List<String> settings = Files.readAllLines(Path.of("src/main/resources/application.properties"));
        assertThat(Files.readString(Path.of("../../docs/spring.md")).replace("com.shop.Cart", Cart.class.getName()))
                .contains(settings.get(0))
                .contains(settings.get(1));
    }
}
