// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springwebflux;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.security.autoconfigure.ReactiveUserDetailsServiceAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.context.ServerSecurityContextRepository;
import org.springframework.security.web.server.context.WebSessionServerSecurityContextRepository;

/** A shop on Netty; any number of nodes, one table. Any name logs in, by {@link ShopSessions}. */
@SpringBootApplication(
        exclude = {ReactiveUserDetailsServiceAutoConfiguration.class, TomcatReactiveWebServerAutoConfiguration.class})
class ShopApplication {
    @Bean
    SecurityWebFilterChain security(ServerHttpSecurity http, ServerSecurityContextRepository contexts) {
        return http.authorizeExchange(requests -> requests.anyExchange().permitAll())
                .securityContextRepository(contexts)
                // The page says where it comes from: see ApiController.
                .csrf(ServerHttpSecurity.CsrfSpec::disable)
                .logout(ServerHttpSecurity.LogoutSpec::disable)
                .requestCache(ServerHttpSecurity.RequestCacheSpec::disable)
                .headers(headers -> headers.contentSecurityPolicy(policy ->
                        policy.policyDirectives("default-src 'self'; img-src 'self' data:; frame-ancestors 'none'")))
                .build();
    }

    @Bean
    ServerSecurityContextRepository securityContexts() {
        return new WebSessionServerSecurityContextRepository();
    }
}
