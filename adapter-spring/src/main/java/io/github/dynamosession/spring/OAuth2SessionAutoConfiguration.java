// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.ReactiveOAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.web.HttpSessionOAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.server.ServerOAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.server.WebSessionServerOAuth2AuthorizedClientRepository;

/**
 * Keeps the tokens of OAuth 2 logins in the session. Spring Boot's default is the memory of the node that did the
 * login, where no other node finds them. Gives way to a repository or a service of the application.
 */
@AutoConfiguration(
        beforeName = {
            "org.springframework.boot.security.oauth2.client.autoconfigure.OAuth2ClientAutoConfiguration",
            "org.springframework.boot.security.oauth2.client.autoconfigure.reactive.ReactiveOAuth2ClientAutoConfiguration"
        })
@ConditionalOnProperty(name = SpringSettings.ENABLED, matchIfMissing = true)
@ConditionalOnClass(OAuth2AuthorizedClientRepository.class)
public final class OAuth2SessionAutoConfiguration {
    /** Made by Spring. */
    public OAuth2SessionAutoConfiguration() {}

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    static class Servlet {
        @Bean
        @ConditionalOnMissingBean({OAuth2AuthorizedClientRepository.class, OAuth2AuthorizedClientService.class})
        OAuth2AuthorizedClientRepository authorizedClientRepository() {
            return new HttpSessionOAuth2AuthorizedClientRepository();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
    static class Reactive {
        @Bean
        @ConditionalOnMissingBean({
            ServerOAuth2AuthorizedClientRepository.class,
            ReactiveOAuth2AuthorizedClientService.class
        })
        ServerOAuth2AuthorizedClientRepository authorizedClientRepository() {
            return new WebSessionServerOAuth2AuthorizedClientRepository();
        }
    }
}
