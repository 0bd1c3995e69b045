// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.it.spring.Visitor.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** With Spring's own authorization server in this JVM; each request of a visitor goes to the other node. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName("An OpenID Connect login on two nodes without affinity")
class OAuth2LoginTest {
    /** Where the provider sends the browser: the load balancer, which the visitor stands for. */
    private static final String CALLBACK = "http://127.0.0.1:9/login/oauth2/code/shop";

    private final Database database = new Database();
    private Node provider;
    private Node a;
    private Node b;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Provider {}

    /** Nothing but a page: Spring Boot's own defaults ask for the login. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Shop {
        @Bean
        Account account() {
            return new Account();
        }
    }

    @RestController
    static class Account {
        @GetMapping("/account")
        String account(
                @AuthenticationPrincipal OidcUser user,
                @RegisteredOAuth2AuthorizedClient("shop") OAuth2AuthorizedClient client) {
            return user.getSubject() + " " + user.getIssuer().getHost() + " "
                    + (client.getAccessToken().getTokenValue().length() > 20);
        }
    }

    private static Node start(Class<?> application, List<String> properties) {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=0", "--logging.level.root=warn", "--spring.autoconfigure.exclude=" + Node.JETTY));
        properties.forEach(property -> arguments.add("--" + property));
        ConfigurableApplicationContext context =
                new SpringApplicationBuilder(application).run(arguments.toArray(String[]::new));
        return new Node(
                context, ((WebServerApplicationContext) context).getWebServer().getPort());
    }

    @BeforeAll
    void start() {
        String registered = "spring.security.oauth2.authorizationserver.client.shop.";
        provider = start(
                Provider.class,
                List.of(
                        "dynamosession.enabled=false",
                        "spring.security.user.name=alice",
                        "spring.security.user.password={noop}tea",
                        registered + "registration.client-id=shop",
                        registered + "registration.client-secret={noop}secret",
                        registered + "registration.client-authentication-methods=client_secret_basic",
                        registered + "registration.authorization-grant-types=authorization_code,refresh_token",
                        registered + "registration.redirect-uris=" + CALLBACK,
                        registered + "registration.scopes=openid"));
        String registration = "spring.security.oauth2.client.registration.shop.";
        List<String> shop = List.of(
                registration + "client-id=shop",
                registration + "client-secret=secret",
                registration + "scope=openid",
                registration + "redirect-uri=" + CALLBACK,
                "spring.security.oauth2.client.provider.shop.issuer-uri=http://localhost:" + provider.port(),
                "dynamosession.endpoint=" + database.endpoint(),
                "dynamosession.region=eu-central-1",
                "dynamosession.create-table=true",
                "dynamosession.table-name=" + database.table());
        a = start(Shop.class, shop);
        b = start(Shop.class, shop);
    }

    @AfterAll
    void stop() {
        Stream.of(a, b, provider).forEach(Node::close);
        database.close();
    }

    @Test
    @DisplayName("is begun on one node and ended on the other; user and tokens are on both, and no class is named")
    void login() {
        Visitor shop = new Visitor(a, b);
        Visitor alice = new Visitor(provider);

        Answer asked = shop.get("/account", "Accept", "text/html");
        assertThat(asked.location()).isEqualTo("/oauth2/authorization/shop");
        String authorize = shop.get(asked.location()).location();
        assertThat(authorize).startsWith("/oauth2/authorize?");

        assertThat(alice.get(authorize, "Accept", "text/html").location()).isEqualTo("/login");
        String back = alice.get(alice.logIn("alice", "tea").location(), "Accept", "text/html")
                .location();
        assertThat(back).startsWith("/login/oauth2/code/shop?code=");

        String anonymous = shop.session();
        assertThat(shop.get(back).location()).startsWith("/account");
        assertThat(shop.session()).isNotEqualTo(anonymous);
        for (int i = 0; i < 4; i++) {
            assertThat(shop.get("/account").body()).isEqualTo("alice localhost true");
        }
        assertThat(new Visitor(a, b).session(anonymous).get("/account").location())
                .isEqualTo("/oauth2/authorization/shop");
    }
}
