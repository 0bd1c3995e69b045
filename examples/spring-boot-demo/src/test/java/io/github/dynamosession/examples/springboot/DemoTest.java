// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

@DisplayName("The shop on two nodes")
class DemoTest {
    private static final Pattern CSRF = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]*)\"");

    private final HttpClient browser =
            HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

    private static ConfigurableApplicationContext node() {
        System.setProperty("aws.accessKeyId", "test");
        System.setProperty("aws.secretAccessKey", "test");
        return SpringApplication.run(
                ShopApplication.class,
                "--server.port=0",
                "--logging.level.root=warn",
                "--dynamosession.endpoint=" + EmbeddedDynamoDbServer.shared().endpoint(),
                "--dynamosession.region=eu-central-1",
                "--dynamosession.create-table=true");
    }

    private String send(ConfigurableApplicationContext node, String path, String form) throws Exception {
        int port = ((WebServerApplicationContext) node).getWebServer().getPort();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
        if (!form.isEmpty()) {
            request.header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(form));
        }
        return browser.send(request.build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static String csrf(String page) {
        Matcher token = CSRF.matcher(page);
        assertThat(token.find()).as(page).isTrue();
        return token.group(1);
    }

    @Test
    @DisplayName("share the cart and the login, each request at the other node")
    void twoNodes() throws Exception {
        try (ConfigurableApplicationContext a = node();
                ConfigurableApplicationContext b = node()) {
            String csrf = csrf(send(a, "/", ""));
            assertThat(send(b, "/cart", "item=tea&_csrf=" + csrf)).isEqualTo("tea");
            assertThat(send(a, "/cart", "item=cup&_csrf=" + csrf)).isEqualTo("tea,cup");
            send(b, "/login", "username=alice&password=tea&_csrf=" + csrf(send(a, "/login", "")));
            assertThat(send(a, "/account", "")).isEqualTo("alice: tea,cup");
            assertThat(send(b, "/account", "")).isEqualTo("alice: tea,cup");
        }
    }

    @Test
    @DisplayName("are set up as docs/spring.md says")
    void documentation() throws Exception {
        List<String> settings = Files.readAllLines(Path.of("src/main/resources/application.properties"));
        assertThat(Files.readString(Path.of("../../docs/spring.md")).replace("com.shop.Cart", Cart.class.getName()))
                .contains(settings.get(0))
                .contains(settings.get(1));
    }
}
