// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.servlet.ServletListenerRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.authentication.InternalAuthenticationServiceException;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.session.HttpSessionEventPublisher;

/** Spring Security as ever: nothing here knows where sessions are. */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {
    /** Somebody who cannot log in, which the application tells by an exception of its own. */
    static final String BARRED = "mallory";

    static final class BarredException extends InternalAuthenticationServiceException {
        private static final long serialVersionUID = 1L;

        BarredException(String user) {
            super(user);
        }
    }

    @Bean
    SecurityFilterChain security(
            HttpSecurity http,
            @Value("${shop.remember-me-key}") String rememberMeKey,
            @Value("${shop.max-sessions:-1}") int maxSessions,
            ObjectProvider<ClientRegistrationRepository> clients) {
        if (clients.getIfAvailable() != null) {
            http.oauth2Login(Customizer.withDefaults());
        }
        return http.authorizeHttpRequests(requests -> requests.requestMatchers("/account", "/account/**")
                        .authenticated()
                        .anyRequest()
                        .permitAll())
                .csrf(csrf -> csrf.ignoringRequestMatchers("/actuator/**", "/upload"))
                .formLogin(Customizer.withDefaults())
                // The same key on all nodes: without one each node makes up its own.
                .rememberMe(remember -> remember.key(rememberMeKey))
                .logout(logout -> logout.logoutSuccessUrl("/"))
                .sessionManagement(sessions -> {
                    if (maxSessions > 0) {
                        sessions.maximumSessions(maxSessions).expiredUrl("/?expired");
                    }
                })
                .build();
    }

    @Bean
    ServletListenerRegistrationBean<HttpSessionEventPublisher> sessionEvents() {
        return new ServletListenerRegistrationBean<>(new HttpSessionEventPublisher());
    }

    @Bean
    UserDetailsService users() {
        // Remember-me cookies are signed with what is stored of the password: it has to be the same on all nodes,
        // which {noop} is not for long, for Spring Security encodes it anew at a login. These are "tea" and "cup".
        return new InMemoryUserDetailsManager(
                user("alice", "{bcrypt}$2a$10$pPqpXgh8lkNjDlcd6JFxyufy2kaSgf7gyVqwgOBvgaTc.ZZqiuVKu"),
                user("bob", "{bcrypt}$2a$10$PaayH4W.sii/M1PP7xNMy.Opqki1hixhYE5W4zq1fJaWPs0.wpDky")) {
            @Override
            public UserDetails loadUserByUsername(String name) {
                if (name.equals(BARRED)) {
                    throw new BarredException(name);
                }
                return super.loadUserByUsername(name);
            }
        };
    }

    private static UserDetails user(String name, String password) {
        return User.withUsername(name).password(password).roles("CUSTOMER").build();
    }
}
