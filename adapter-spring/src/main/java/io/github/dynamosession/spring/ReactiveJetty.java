// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.jetty.ConfigurableJettyWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Has Jetty read cookies in the case that they are sent in (docs/adr/0040-jetty-keeps-case.md), for WebFlux; on servlets
 * the filter does it.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass({ConfigurableJettyWebServerFactory.class, HttpConfiguration.class})
class ReactiveJetty {
    @Bean
    WebServerFactoryCustomizer<ConfigurableJettyWebServerFactory> dynamoSessionJettyKeepsCase() {
        return factory -> factory.addServerCustomizers(server -> {
            for (Connector connector : server.getConnectors()) {
                for (ConnectionFactory protocol : connector.getConnectionFactories()) {
                    if (protocol instanceof HttpConfiguration.ConnectionFactory http) {
                        http.getHttpConfiguration().setHeaderCacheCaseSensitive(true);
                    }
                }
            }
        });
    }
}
