// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.springframework.context.annotation.Configuration;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * With Spring's own authorization server in this JVM; each request of a visitor goes to the other node: one is Tomcat,
 * the other one Jetty.
 */
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

    @RestController
    static class Account {
        @GetMapping("/account/tokens")
        String tokens(
                @AuthenticationPrincipal OidcUser user,
                @RegisteredOAuth2AuthorizedClient("shop") OAuth2AuthorizedClient client) {
            return user.getSubject() + " " + user.getIssuer().getHost() + " "
                    + (client.getAccessToken().getTokenValue().length() > 20);
        }
    }

    @BeforeAll
    void start() {
        String registered = "--spring.security.oauth2.authorizationserver.client.shop.";
        ConfigurableApplicationContext context = new SpringApplicationBuilder(Provider.class)
                .run(
                        "--server.port=0",
                        "--logging.level.root=warn",
                        "--spring.autoconfigure.exclude=" + Node.JETTY,
                        "--dynamosession.enabled=false",
                        "--spring.security.user.name=carol",
                        "--spring.security.user.password={noop}tea",
                        registered + "registration.client-id=shop",
                        registered + "registration.client-secret={noop}secret",
                        registered + "registration.client-authentication-methods=client_secret_basic",
                        registered + "registration.authorization-grant-types=authorization_code,refresh_token",
                        registered + "registration.redirect-uris=" + CALLBACK,
                        registered + "registration.scopes=openid");
        provider = new Node(
                context, ((WebServerApplicationContext) context).getWebServer().getPort());
        String registration = "spring.security.oauth2.client.registration.shop.";
        String[] settings = {
            registration + "client-id=shop",
            registration + "client-secret=secret",
            registration + "scope=openid",
            registration + "redirect-uri=" + CALLBACK,
            "spring.security.oauth2.client.provider.shop.issuer-uri=http://localhost:" + provider.port()
        };
        a = Node.start(database, List.of(Account.class), settings);
        b = Node.jetty(database, List.of(Account.class), settings);
    }

    @AfterAll
    void stop() {
        Stream.of(a, b, provider).forEach(Node::close);
        database.close();
    }

    /** At the provider, for a browser of its own; the visitor's ends where the provider sent it. */
    private void logInByProvider(Visitor visitor) {
        Visitor carol = new Visitor(provider);
        String authorize = visitor.get("/oauth2/authorization/shop").location();
        assertThat(authorize).startsWith("/oauth2/authorize?");
        assertThat(carol.get(authorize, "Accept", "text/html").location()).isEqualTo("/login");
        String back = carol.get(carol.logIn("carol", "tea").location(), "Accept", "text/html")
                .location();
        assertThat(back).startsWith("/login/oauth2/code/shop?code=");
        assertThat(visitor.get(back).location()).startsWith("/account");
    }

    @Test
    @DisplayName("is begun on one node and ended on the other; user and tokens are on both")
    void login() {
        Visitor visitor = new Visitor(a, b);
        assertThat(visitor.get("/account", "Accept", "text/html").location()).isEqualTo("/login");
        String anonymous = visitor.session();
        logInByProvider(visitor);
        assertThat(visitor.session()).isNotEqualTo(anonymous);
        for (int i = 0; i < 4; i++) {
            assertThat(visitor.get("/account/tokens").body()).isEqualTo("carol localhost true");
        }
        assertThat(new Visitor(a, b).session(anonymous).get("/account").location())
                .isEqualTo("/login");
    }

    /** What the configuration names are classes of the application alone: {@link Node}. */
    @Test
    @DisplayName("lives in one application with form logins, remember-me, CSRF, flash attributes and session beans")
    void together() {
        for (int i = 0; i < 2; i++) {
            Visitor visitor = new Visitor(i == 0 ? a : b, i == 0 ? b : a);
            assertThat(visitor.get(visitor.get("/flash").location()).body()).isEqualTo("saved");
            assertThat(visitor.get("/basket?item=pot").body()).isEqualTo("pot");
            assertThat(visitor.post("/cart", "item", "tea").status()).isEqualTo(403);
            visitor.post("/cart", "item", "tea", "_csrf", visitor.get("/").csrf());
            assertThat(visitor.logIn("alice", "wrong").location()).isEqualTo("/login?error");
            assertThat(visitor.logIn("alice", "tea", "remember-me", "on").status())
                    .isEqualTo(302);
            assertThat(visitor.get("/account").body()).isEqualTo("alice: tea");
            visitor.session(null);
            assertThat(visitor.get("/account").body()).as("remembered").isEqualTo("alice: ");
            visitor.logOut();
            visitor.cookie("remember-me", null);

            visitor.post("/cart", "item", "cup", "_csrf", visitor.get("/").csrf());
            visitor.get("/basket?item=pan");
            visitor.get("/account", "Accept", "text/html");
            logInByProvider(visitor);
            assertThat(visitor.get("/account").body()).isEqualTo("carol: cup");
            assertThat(visitor.get("/account/tokens").body()).isEqualTo("carol localhost true");
            assertThat(visitor.get("/basket?item=lid").body()).isEqualTo("pan,lid");
            assertThat(visitor.get(visitor.get("/flash").location()).body()).isEqualTo("saved");
        }
    }
}
