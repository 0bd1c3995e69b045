// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.spring.DynamoSessionAutoConfiguration;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringApplicationAotProcessor;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.context.annotation.Configuration;

@Tag("full")
@EnabledIfSystemProperty(named = "tests", matches = "full", disabledReason = "runs with -Dtests=full")
@DisplayName("A Spring Boot application that must not start without its store, and has none:")
class AheadOfTimeTest {
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({DynamoSessionAutoConfiguration.class, TomcatServletWebServerAutoConfiguration.class})
    static class App {
        public static void main(String[] arguments) {
            SpringApplication.run(App.class, arguments);
        }
    }

    private record Ended(int code, String output) {}

    @Test
    @DisplayName("a training run, which exits when everything is made, succeeds")
    void trainingRun() throws Exception {
        assertThat(run("-Dspring.context.exit=onRefresh", App.class.getName()))
                .satisfies(ended -> assertThat(ended.output())
                        .contains(
                                "Sessions are kept in the DynamoDB table sessions",
                                " by Spring on servlets with the cookie JSESSIONID; ")
                        .contains("; the store is not tried, because this start makes a training run of Spring"))
                .extracting(Ended::code)
                .isEqualTo(0);
    }

    @Test
    @DisplayName("the run of Spring's plugins that writes code succeeds")
    void aheadOfTime(@TempDir Path folder) throws Exception {
        Ended ended = run(
                "-Dspring.application.name=shop",
                SpringApplicationAotProcessor.class.getName(),
                App.class.getName(),
                folder.resolve("sources").toString(),
                folder.resolve("resources").toString(),
                folder.resolve("classes").toString(),
                "com.shop",
                "shop");
        assertThat(ended.code()).as(ended.output()).isZero();
        assertThat(ended.output()).doesNotContain("Sessions are kept");
        try (Stream<Path> files = Files.walk(folder.resolve("sources"))) {
            assertThat(files).anyMatch(file -> file.toString().contains("DynamoSessionAutoConfiguration__"));
        }
    }

    /** With settings as system properties, because the plugins' run takes no arguments of the application. */
    private static Ended run(String property, String... mainAndArguments) throws IOException, InterruptedException {
        String endpoint;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            endpoint = "http://127.0.0.1:" + closed.getLocalPort();
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                property,
                "-Ddynamosession.table-name=sessions",
                "-Ddynamosession.region=eu-central-1",
                "-Ddynamosession.endpoint=" + endpoint,
                "-Ddynamosession.codec=json",
                "-Ddynamosession.check-at-start=fail",
                "-Dserver.port=0",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(mainAndArguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }
}
