// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.spring.DynamoSessionAutoConfiguration;
import io.github.dynamosession.testkit.AdapterContract;
import io.github.dynamosession.testkit.ServletVisit;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The contract of adapters, with the application's manager in place of the auto-configuration's. */
@DisplayName("Sessions of Spring MVC by auto-configuration")
@Tag("full")
@EnabledIfSystemProperty(named = "tests", matches = "full", disabledReason = "runs with -Dtests=full")
class SpringAdapterContractTest extends AdapterContract {
    /** What a web application needs, so that each test starts one. */
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        TomcatServletWebServerAutoConfiguration.class,
        DispatcherServletAutoConfiguration.class,
        WebMvcAutoConfiguration.class,
        ErrorMvcAutoConfiguration.class,
        DynamoSessionAutoConfiguration.class
    })
    static class App {}

    @Override
    protected Running start(SessionManager manager, Application application) {
        var context = new SpringApplicationBuilder(App.class)
                .initializers(starting -> {
                    GenericApplicationContext beans = (GenericApplicationContext) starting;
                    beans.registerBean(SessionManager.class, () -> manager);
                    beans.registerBean(Pages.class, () -> new Pages(application));
                })
                .run("--server.port=0", "--logging.level.root=off", "--dynamosession.store=memory");
        int port = ((WebServerApplicationContext) context).getWebServer().getPort();
        return new Running(URI.create("http://localhost:" + port), context);
    }

    @RestController
    static class Pages {
        private final Application application;

        Pages(Application application) {
            this.application = application;
        }

        @GetMapping("/**")
        void serve(HttpServletRequest request, HttpServletResponse response) throws Exception {
            response.getWriter()
                    .print(application.serve(request.getServletPath(), new ServletVisit(request, response)));
        }
    }
}
