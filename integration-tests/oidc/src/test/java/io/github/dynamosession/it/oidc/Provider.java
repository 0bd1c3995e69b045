// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.oidc;

import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.core.oidc.endpoint.OidcParameterNames;
import org.springframework.security.oauth2.jwt.JwtClaimsSet;
import org.springframework.security.oauth2.jwt.JwtEncoderParameters;
import org.springframework.security.oauth2.jwt.NimbusJwtEncoder;
import org.springframework.security.oauth2.server.authorization.InMemoryOAuth2AuthorizationService;
import org.springframework.security.oauth2.server.authorization.OAuth2Authorization;
import org.springframework.security.oauth2.server.authorization.OAuth2AuthorizationService;
import org.springframework.security.oauth2.server.authorization.OAuth2TokenType;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.settings.TokenSettings;
import org.springframework.security.oauth2.server.authorization.token.JwtEncodingContext;
import org.springframework.security.oauth2.server.authorization.token.OAuth2TokenCustomizer;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;

/** Spring's authorization server; a refresh token is good for one refresh. */
final class Provider implements AutoCloseable {
    private final ConfigurableApplicationContext context;
    private final Knobs knobs;

    /** What the tests turn. */
    static final class Knobs {
        final AtomicInteger refreshes = new AtomicInteger();
        volatile Duration idTokenLife = Duration.ofMinutes(5);
        volatile int padding;
        volatile boolean down;
        /** Each refresh takes a permit. */
        volatile Semaphore gate = new Semaphore(1_000);
    }

    /** What tokens there are. */
    static final class Authorizations implements OAuth2AuthorizationService {
        private final OAuth2AuthorizationService all = new InMemoryOAuth2AuthorizationService();
        private final Map<String, OAuth2Authorization> saved = new ConcurrentHashMap<>();

        @Override
        public void save(OAuth2Authorization authorization) {
            saved.put(authorization.getId(), authorization);
            all.save(authorization);
        }

        @Override
        public void remove(OAuth2Authorization authorization) {
            all.remove(authorization);
        }

        @Override
        public @Nullable OAuth2Authorization findById(String id) {
            return all.findById(id);
        }

        @Override
        public @Nullable OAuth2Authorization findByToken(String token, @Nullable OAuth2TokenType type) {
            return all.findByToken(token, type);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {
        @Bean
        Knobs knobs() {
            return new Knobs();
        }

        @Bean
        Authorizations authorizations() {
            return new Authorizations();
        }

        @Bean
        UserDetailsService users() {
            return new InMemoryUserDetailsManager(List.of("alice", "bob", "carol").stream()
                    .map(name -> User.withUsername(name)
                            .password("{noop}tea")
                            .roles("USER")
                            .build())
                    .toList());
        }

        @Bean
        OAuth2TokenCustomizer<JwtEncodingContext> tokens(Knobs knobs) {
            return token -> {
                if (token.getTokenType().getValue().equals(OidcParameterNames.ID_TOKEN)) {
                    token.getClaims().expiresAt(Instant.now().plus(knobs.idTokenLife));
                } else if (knobs.padding > 0) {
                    byte[] random = new byte[knobs.padding * 3 / 4];
                    new Random(1).nextBytes(random);
                    token.getClaims().claim("padding", Base64.getEncoder().encodeToString(random));
                }
            };
        }

        @Bean
        FilterRegistrationBean<Filter> door(Knobs knobs) {
            FilterRegistrationBean<Filter> door = new FilterRegistrationBean<>((request, response, chain) -> {
                boolean token = ((HttpServletRequest) request).getRequestURI().equals("/oauth2/token");
                if (token && "refresh_token".equals(request.getParameter("grant_type"))) {
                    knobs.refreshes.incrementAndGet();
                    try {
                        knobs.gate.tryAcquire(1, TimeUnit.MINUTES);
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }
                if (token && knobs.down) {
                    ((HttpServletResponse) response).setStatus(HttpServletResponse.SC_BAD_GATEWAY);
                } else {
                    chain.doFilter(request, response);
                }
            });
            door.setOrder(Ordered.HIGHEST_PRECEDENCE);
            return door;
        }
    }

    Provider() {
        List<String> arguments = new ArrayList<>(
                List.of("--server.port=0", "--logging.level.root=warn", "--spring.main.banner-mode=off"));
        client(arguments, "shop", "http://127.0.0.1:9/callback");
        client(arguments, "office", "http://127.0.0.1:9/office/callback");
        context = new SpringApplicationBuilder(Application.class).run(arguments.toArray(String[]::new));
        knobs = context.getBean(Knobs.class);
    }

    private static void client(List<String> arguments, String name, String callback) {
        String client = "--spring.security.oauth2.authorizationserver.client." + name + ".";
        String registration = client + "registration.";
        arguments.addAll(List.of(
                registration + "client-id=" + name,
                registration + "client-secret={noop}the secret of the " + name + ", of 32 bytes or more",
                registration + "client-authentication-methods=client_secret_basic",
                registration + "authorization-grant-types=authorization_code,refresh_token",
                registration + "redirect-uris=" + callback,
                registration + "post-logout-redirect-uris=http://127.0.0.1:9/welcome",
                registration + "scopes=openid",
                client + "require-proof-key=true",
                client + "token.reuse-refresh-tokens=false"));
    }

    Knobs knobs() {
        return knobs;
    }

    void open() {
        refreshTokenLife(Duration.ofHours(1));
        knobs.idTokenLife = Duration.ofMinutes(5);
        knobs.padding = 0;
        knobs.down = false;
        knobs.gate = new Semaphore(1_000);
        knobs.refreshes.set(0);
    }

    /** Of logins to come at the shop. */
    void refreshTokenLife(Duration life) {
        RegisteredClientRepository clients = context.getBean(RegisteredClientRepository.class);
        RegisteredClient shop = clients.findByClientId("shop");
        clients.save(RegisteredClient.from(shop)
                .tokenSettings(
                        TokenSettings.withSettings(shop.getTokenSettings().getSettings())
                                .refreshTokenTimeToLive(life)
                                .build())
                .build());
    }

    /** All tokens, refresh tokens too. */
    void revokeAll() {
        Authorizations authorizations = context.getBean(Authorizations.class);
        authorizations.saved.values().forEach(authorizations::remove);
    }

    /** What the provider sends through the back channel when a user has logged out. */
    String logoutToken(String user) {
        @SuppressWarnings("unchecked")
        JWKSource<SecurityContext> keys = context.getBean(JWKSource.class);
        JwtClaimsSet claims = JwtClaimsSet.builder()
                .id(UUID.randomUUID().toString())
                .issuer("http://127.0.0.1:" + port())
                .subject(user)
                .audience(List.of("shop"))
                .issuedAt(Instant.now())
                .expiresAt(Instant.now().plusSeconds(60))
                .claim("events", Map.of("http://schemas.openid.net/event/backchannel-logout", Map.of()))
                .build();
        return new NimbusJwtEncoder(keys)
                .encode(JwtEncoderParameters.from(claims))
                .getTokenValue();
    }

    int port() {
        return ((WebServerApplicationContext) context).getWebServer().getPort();
    }

    @Override
    public void close() {
        context.close();
    }
}
