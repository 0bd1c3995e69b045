// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.spi.SessionStore;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpSession;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The page of docs/spring.md for Spring Boot 3.5, on two nodes over one store. */
class FilterBeanTest {
    private static final SessionStore STORE = new InMemorySessionStore(Clock.systemUTC());

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class App {
        @Bean(destroyMethod = "close")
        SessionManager sessions() {
            return SessionManager.builder(STORE)
                    .codec(JsonCodec.builder().build())
                    .build();
        }

        @Bean
        FilterRegistrationBean<DynamoSessionFilter> sessionFilter(SessionManager sessions) {
            var filter = new FilterRegistrationBean<>(DynamoSessionFilter.builder(sessions).build());
            filter.setOrder(Ordered.HIGHEST_PRECEDENCE + 50);
            filter.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ERROR, DispatcherType.ASYNC);
            return filter;
        }

        @Bean
        Pages pages() {
            return new Pages();
        }
    }

    @RestController
    static class Pages {
        @GetMapping("/add")
        String add(HttpSession session, @RequestParam String item) {
            Object before = session.getAttribute("cart");
            session.setAttribute("cart", before == null ? item : before + "," + item);
            return String.valueOf(session.getAttribute("cart"));
        }
    }

    private static int start(ConfigurableApplicationContext context) {
        return ((ServletWebServerApplicationContext) context).getWebServer().getPort();
    }

    @Test
    void sharesSessions() throws Exception {
        try (var a = new SpringApplicationBuilder(App.class).run("--server.port=0");
                var b = new SpringApplicationBuilder(App.class).run("--server.port=0")) {
            HttpClient browser =
                    HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
            int[] ports = {start(a), start(b)};
            String[] expected = {"tea", "tea,cup", "tea,cup,pot"};
            String[] items = {"tea", "cup", "pot"};
            for (int i = 0; i < items.length; i++) {
                URI page = URI.create("http://localhost:" + ports[i % 2] + "/add?item=" + items[i]);
                assertThat(browser.send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString())
                                .body())
                        .isEqualTo(expected[i]);
            }
        }
    }
}
