// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.web.context.reactive.AnnotationConfigReactiveWebApplicationContext;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.AnnotatedBeanDefinitionReader;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.mock.web.MockServletContext;
import org.springframework.security.core.session.InMemoryReactiveSessionRegistry;
import org.springframework.security.core.session.ReactiveSessionRegistry;
import org.springframework.security.core.session.SessionRegistry;
import org.springframework.security.core.session.SessionRegistryImpl;
import org.springframework.security.oauth2.client.web.HttpSessionOAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.server.ServerOAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.server.WebSessionServerOAuth2AuthorizedClientRepository;
import org.springframework.web.context.support.GenericWebApplicationContext;
import org.springframework.web.server.session.DefaultWebSessionManager;
import org.springframework.web.server.session.WebSessionManager;

/** Contexts without a server: which beans there are. */
@DisplayName("The auto-configuration gives way to the application's")
class GivingWayTest {
    private static final Class<?>[] OURS = {
        DynamoSessionAutoConfiguration.class,
        OAuth2SessionAutoConfiguration.class,
        SessionRegistryAutoConfiguration.class
    };

    private static <T extends GenericApplicationContext> T refreshed(T context, Class<?>... application) {
        context.getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource(
                        "test", Map.of("dynamosession.store", "memory", "dynamosession.indexes", "principal")));
        new AnnotatedBeanDefinitionReader(context)
                .register(Stream.concat(Stream.of(application), Stream.of(OURS)).toArray(Class<?>[]::new));
        context.refresh();
        return context;
    }

    private static GenericApplicationContext servlet(Class<?>... application) {
        return refreshed(new GenericWebApplicationContext(new MockServletContext()), application);
    }

    private static GenericApplicationContext reactive(Class<?>... application) {
        return refreshed(new AnnotationConfigReactiveWebApplicationContext(), application);
    }

    @Configuration(proxyBeanMethods = false)
    static class OnServlets {
        @Bean
        SessionManager manager() {
            return SessionManager.builder(new InMemorySessionStore())
                    .codec(JsonCodec.builder().build())
                    .build();
        }

        @Bean
        FilterRegistrationBean<DynamoSessionFilter> filter(SessionManager manager) {
            return new FilterRegistrationBean<>(
                    DynamoSessionFilter.builder(manager).build());
        }

        @Bean
        OAuth2AuthorizedClientRepository clients() {
            return new HttpSessionOAuth2AuthorizedClientRepository();
        }

        @Bean
        SessionRegistry registry() {
            return new SessionRegistryImpl();
        }
    }

    @Test
    @DisplayName("manager, filter, OAuth 2 clients and registry on servlets")
    void onServlets() {
        try (GenericApplicationContext context = servlet(OnServlets.class)) {
            assertThat(context.getBeanNamesForType(SessionManager.class)).containsExactly("manager");
            assertThat(context.getBeanNamesForType(FilterRegistrationBean.class))
                    .containsExactly("filter");
            assertThat(context.getBeanNamesForType(OAuth2AuthorizedClientRepository.class))
                    .containsExactly("clients");
            assertThat(context.getBeanNamesForType(SessionRegistry.class)).containsExactly("registry");
        }
        try (GenericApplicationContext context = servlet()) {
            assertThat(context.getBean(OAuth2AuthorizedClientRepository.class))
                    .isInstanceOf(HttpSessionOAuth2AuthorizedClientRepository.class);
            assertThat(context.getBean(SessionRegistry.class)).isInstanceOf(DynamoSessionRegistry.class);
            assertThat(context.getBeanNamesForType(FilterRegistrationBean.class))
                    .containsExactly("dynamoSessionFilter");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OnWebFlux {
        @Bean
        WebSessionManager webSessionManager() {
            return new DefaultWebSessionManager();
        }

        @Bean
        ReactiveSessionRegistry registry() {
            return new InMemoryReactiveSessionRegistry();
        }

        @Bean
        ServerOAuth2AuthorizedClientRepository clients() {
            return new WebSessionServerOAuth2AuthorizedClientRepository();
        }
    }

    @Test
    @DisplayName("sessions, OAuth 2 clients and registry in WebFlux")
    void onWebFlux() {
        try (GenericApplicationContext context = reactive(OnWebFlux.class)) {
            assertThat(context.getBean(WebSessionManager.class)).isInstanceOf(DefaultWebSessionManager.class);
            assertThat(context.getBeanNamesForType(ServerOAuth2AuthorizedClientRepository.class))
                    .containsExactly("clients");
            assertThat(context.getBeanNamesForType(ReactiveSessionRegistry.class))
                    .containsExactly("registry");
        }
        try (GenericApplicationContext context = reactive()) {
            assertThat(context.getBeanNamesForType(WebSessionManager.class)).hasSize(1);
            assertThat(context.getBean(ReactiveSessionRegistry.class))
                    .isInstanceOf(DynamoReactiveSessionRegistry.class);
            assertThat(context.getBean(ServerOAuth2AuthorizedClientRepository.class))
                    .isInstanceOf(WebSessionServerOAuth2AuthorizedClientRepository.class);
        }
    }
}
