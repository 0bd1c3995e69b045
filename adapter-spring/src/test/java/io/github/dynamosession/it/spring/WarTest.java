// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.servlet.DynamoSessionInitializer;
import io.github.dynamosession.spring.DynamoSessionAutoConfiguration;
import jakarta.servlet.FilterRegistration;
import java.nio.file.Path;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.support.SpringBootServletInitializer;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.SpringServletContainerInitializer;

/** A web application in a Tomcat of its own, which calls both initializers in an order of its choice. */
@DisplayName("A WAR in a container")
class WarTest {
    @TempDir
    private Path folder;

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        DispatcherServletAutoConfiguration.class,
        WebMvcAutoConfiguration.class,
        DynamoSessionAutoConfiguration.class
    })
    static class App {
        @Bean
        Probes.Asynchronous pages() {
            return new Probes.Asynchronous();
        }
    }

    /** What an application has. */
    public static class Initializer extends SpringBootServletInitializer {
        @Override
        protected SpringApplicationBuilder configure(SpringApplicationBuilder application) {
            return application.sources(App.class).properties("logging.level.root=warn");
        }
    }

    @ParameterizedTest(name = "ours first: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("has one filter of sessions, Spring's: the servlet adapter's own initializer steps back")
    void oneFilter(boolean oursFirst) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(folder.toString());
        tomcat.setPort(0);
        Context context = tomcat.addContext("/shop", folder.toString());
        context.setParentClassLoader(getClass().getClassLoader());
        context.addParameter("dynamosession.store", "memory");
        Runnable ours = () -> context.addServletContainerInitializer(new DynamoSessionInitializer(), Set.of());
        Runnable springs = () -> context.addServletContainerInitializer(
                new SpringServletContainerInitializer(), Set.of(Initializer.class));
        (oursFirst ? ours : springs).run();
        (oursFirst ? springs : ours).run();
        tomcat.getConnector();
        tomcat.start();
        try {
            assertThat(context.getServletContext().getFilterRegistrations().values())
                    .extracting(FilterRegistration::getClassName)
                    .filteredOn(name -> name.startsWith(DynamoSessionFilter.class.getName()))
                    .containsExactly(DynamoSessionFilter.class.getName() + "$OverManager");
            Visitor visitor = new Visitor(new Node(null, tomcat.getConnector().getLocalPort()));
            assertThat(visitor.get("/shop/set?value=war").cookies())
                    .singleElement()
                    .asString()
                    .startsWith("JSESSIONID=")
                    .contains("; Path=/shop");
            assertThat(visitor.get("/shop/seen").body()).isEqualTo("war");
        } finally {
            tomcat.stop();
            tomcat.destroy();
        }
    }
}
