// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import io.github.dynamosession.servlet.DynamoSessionFilter;
import jakarta.servlet.DispatcherType;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/** Puts the sessions into DynamoDB: this bean and {@code dynamosession.properties}. */
@Configuration(proxyBeanMethods = false)
class SessionConfiguration {
    @Bean
    FilterRegistrationBean<DynamoSessionFilter> sessionFilter(Environment environment) {
        var filter = new FilterRegistrationBean<>(new DynamoSessionFilter());
        filter.setName("sessions");
        filter.setOrder(Ordered.HIGHEST_PRECEDENCE + 50);
        filter.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ERROR, DispatcherType.ASYNC);
        for (String key : new String[] {"table-name", "region", "endpoint", "create-table", "allowed-types"}) {
            String value = environment.getProperty("dynamosession." + key);
            if (value != null) {
                filter.addInitParameter(key, value);
            }
        }
        return filter;
    }
}
