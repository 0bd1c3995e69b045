// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.SelectiveCodec;
import java.util.List;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;
import tools.jackson.databind.json.JsonMapper;

/** The codec for Spring's own objects, if Jackson 3 is there, as in every web application of Spring Boot. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(JsonMapper.class)
class SpringCodecs {
    @Bean
    @ConditionalOnMissingBean
    SelectiveCodec dynamoSessionSpringCodec(SessionSettings settings, ConfigurableBeanFactory beans) {
        ClassLoader loader = beans.getBeanClassLoader();
        if (loader == null) {
            loader = ClassUtils.getDefaultClassLoader();
        }
        if (loader == null) {
            loader = SpringCodecs.class.getClassLoader();
        }
        List<String> allowed = settings.text("allowed-types")
                .map(text -> List.of(StringUtils.tokenizeToStringArray(text, ",")))
                .orElse(List.of());
        return new SpringCodec(SpringJackson.mapper(allowed, loader), loader);
    }
}
