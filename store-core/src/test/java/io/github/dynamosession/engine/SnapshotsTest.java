// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.settings.SessionSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A start that is frozen, and thawed elsewhere, tries nothing:")
class SnapshotsTest {
    private static final String CHECKPOINT = "-XX:CRaCCheckpointTo=checkpoint";

    /** A program with sessions at an endpoint where nobody listens, which must not start if it tries the store. */
    static final class Program {
        public static void main(String[] arguments) {
            try (SessionManager sessions = SessionManager.builder(SessionSettings.builder()
                            .set("table-name", "sessions")
                            .set("region", "eu-central-1")
                            .set("endpoint", arguments[0])
                            .set("codec", "test")
                            .set("check-at-start", "fail")
                            .build())
                    .build()) {
                System.out.println(sessions.report());
            }
        }
    }

    private static Properties property(String name, String value) {
        Properties properties = new Properties();
        properties.setProperty(name, value);
        return properties;
    }

    private static Properties none() {
        return new Properties();
    }

    static Stream<Arguments> snapshots() {
        String lambda = "AWS_LAMBDA_INITIALIZATION_TYPE";
        return Stream.of(
                Arguments.of("a snapshot for SnapStart", Map.of(lambda, "snap-start"), none(), List.of(), false),
                Arguments.of(null, Map.of(lambda, "on-demand"), none(), List.of(), false),
                Arguments.of(null, Map.of(lambda, "provisioned-concurrency"), none(), List.of(), true),
                Arguments.of(
                        "a native image",
                        Map.of(),
                        property("org.graalvm.nativeimage.imagecode", "buildtime"),
                        List.of(),
                        false),
                Arguments.of(
                        null, Map.of(), property("org.graalvm.nativeimage.imagecode", "runtime"), List.of(), false),
                Arguments.of(
                        "Spring's code ahead of time",
                        Map.of(),
                        property("spring.aot.processing", "true"),
                        List.of(),
                        false),
                Arguments.of(null, Map.of(), property("spring.aot.enabled", "true"), List.of(), false),
                Arguments.of(
                        "a training run of Spring",
                        Map.of(),
                        property("spring.context.exit", "onRefresh"),
                        List.of(),
                        false),
                Arguments.of(
                        "a checkpoint (CRaC)",
                        Map.of(),
                        property("spring.context.checkpoint", "onRefresh"),
                        List.of(),
                        true),
                Arguments.of("a checkpoint (CRaC)", Map.of(), none(), List.of("-Xmx1g", CHECKPOINT), true),
                Arguments.of(null, Map.of(), none(), List.of(CHECKPOINT), false),
                Arguments.of(null, Map.of(), none(), List.of("-XX:CRaCRestoreFrom=checkpoint"), true),
                Arguments.of(
                        "a training run of the JVM", Map.of(), none(), List.of("-XX:ArchiveClassesAtExit=a"), false),
                Arguments.of("a training run of the JVM", Map.of(), none(), List.of("-XX:AOTMode=record"), false),
                Arguments.of("a training run of the JVM", Map.of(), none(), List.of("-XX:AOTCacheOutput=a"), false),
                Arguments.of(null, Map.of(), none(), List.of("-XX:AOTCache=a", "-XX:AOTMode=on"), false));
    }

    @ParameterizedTest(name = "{1} {2} {3} -> {0}")
    @MethodSource("snapshots")
    @DisplayName("known by")
    void isKnown(
            String what,
            Map<String, String> environment,
            Properties properties,
            List<String> arguments,
            boolean checkpoints) {
        assertThat(Snapshots.beingTaken(environment, properties, arguments, checkpoints))
                .isEqualTo(what);
    }

    @Test
    @DisplayName("a process in which Lambda makes a snapshot")
    void snapStart() throws Exception {
        assertThat(run(Map.of("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")))
                .contains("Sessions are kept in the DynamoDB table sessions at ")
                .contains("; the store is not tried, because this start makes a snapshot for SnapStart");
    }

    @Test
    @Tag("full")
    @EnabledIfSystemProperty(named = "tests", matches = "full", disabledReason = "runs with -Dtests=full")
    @DisplayName("a process that is to be checkpointed, if its JVM can")
    void checkpoint(@TempDir Path classes) throws Exception {
        assertThat(run(Map.of(), "-XX:+IgnoreUnrecognizedVMOptions", CHECKPOINT))
                .contains("ConfigurationException", "nobody answers at the endpoint");
        // What a JVM with checkpoints has beside what every JVM has.
        Path source = Files.writeString(classes.resolve("Core.java"), "package jdk.crac; public class Core {}");
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", classes.toString(), source.toString()))
                .isZero();
        assertThat(run(Map.of(), "-Xbootclasspath/a:" + classes, "-XX:+IgnoreUnrecognizedVMOptions", CHECKPOINT))
                .contains("; the store is not tried, because this start makes a checkpoint (CRaC)");
    }

    /** What the program prints. */
    private static String run(Map<String, String> environment, String... options)
            throws IOException, InterruptedException {
        String endpoint;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            endpoint = "http://127.0.0.1:" + closed.getLocalPort();
        }
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(options));
        command.addAll(List.of(
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                endpoint));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("DYNAMOSESSION_"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output.lines().filter(line -> !line.startsWith("SLF4J")).reduce("", (all, line) -> all + line + "\n");
    }
}
