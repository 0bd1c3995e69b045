// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A process of its own with the embedded DynamoDB")
class EmbeddedDynamoDbProcessTest {

    /** Starts, uses, closes, and returns without {@code System.exit}. */
    static final class StartUseClose {
        public static void main(String[] args) {
            long before = System.nanoTime();
            try (var server = EmbeddedDynamoDbServer.start();
                    var client = server.client()) {
                long started = System.nanoTime();
                EmbeddedDynamoDbServerTest.createTable(client, "items");
                EmbeddedDynamoDbServerTest.put(client, "items", "a");
                System.out.println("found " + EmbeddedDynamoDbServerTest.has(client, "items", "a"));
                System.out.println("start " + (started - before) / 1_000_000 + " ms, first use "
                        + (System.nanoTime() - started) / 1_000_000 + " ms");
            }
        }
    }

    /** Leaves the shared server to its shutdown hook. */
    static final class SharedAndExit {
        public static void main(String[] args) {
            EmbeddedDynamoDbServer.shared();
            System.exit(0);
        }
    }

    @TempDir
    private Path directory;

    @Test
    @DisplayName("exits by itself and leaves no file (java -cp 'lib/*')")
    void exits() throws Exception {
        Path tmp = Files.createDirectory(directory.resolve("tmp"));
        Path lib = Files.createDirectory(directory.resolve("lib"));
        List<String> classPath = new ArrayList<>(List.of(lib.resolve("*").toString()));
        for (Path entry : classPath().toList()) {
            if (Files.isDirectory(entry)) {
                classPath.add(entry.toString());
            } else if (entry.toString().endsWith(".jar")) {
                Files.copy(entry, lib.resolve(entry.getFileName()));
            }
        }
        Result result =
                fork(StartUseClose.class, String.join(File.pathSeparator, classPath), "-Djava.io.tmpdir=" + tmp);
        System.out.println("in a process of its own: " + result);
        assertEquals(0, result.exitCode(), result.output());
        assertTrue(result.output().contains("found true"), result.output());
        if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("windows")) {
            try (Stream<Path> left = Files.list(tmp)) {
                assertEquals(
                        List.of(),
                        left.filter(f -> !f.getFileName().toString().startsWith("hsperf"))
                                .toList());
            }
        }
    }

    @Test
    @DisplayName("ends at System.exit although the shared server is open")
    void sharedAndExit() throws Exception {
        Result result = fork(SharedAndExit.class, without("nothing"));
        assertEquals(0, result.exitCode(), result.output());
    }

    @Test
    @DisplayName("names the artifact to add when DynamoDB Local is not on the class path")
    void missing() throws Exception {
        Result result = fork(StartUseClose.class, without("DynamoDBLocal"));
        assertEquals(1, result.exitCode(), result.output());
        assertTrue(result.output().contains("add com.amazonaws:DynamoDBLocal:2.6.1"), result.output());
    }

    @Test
    @DisplayName("names the artifact and the BOM when dependencies of DynamoDB Local are missing")
    void incomplete() throws Exception {
        Result result = fork(StartUseClose.class, without("jetty-"));
        assertEquals(1, result.exitCode(), result.output());
        assertTrue(result.output().contains("software.amazon.awssdk:bom"), result.output());
    }

    @Test
    @DisplayName("names the missing class when the library behind its database is missing")
    void incompleteDatabase() throws Exception {
        Result result = fork(StartUseClose.class, without("sqlite4java"));
        assertEquals(1, result.exitCode(), result.output());
        assertTrue(result.output().contains("NoClassDefFoundError: com/almworks/sqlite4java"), result.output());
    }

    @Test
    @DisplayName("names the property when the native library cannot be unpacked")
    void noNativeLibrary() throws Exception {
        Result result =
                fork(StartUseClose.class, without("nothing"), "-Djava.io.tmpdir=" + directory.resolve("missing"));
        assertEquals(1, result.exitCode(), result.output());
        assertTrue(result.output().contains("system property java.io.tmpdir"), result.output());
    }

    @Test
    @DisplayName("started by its main method, says where it answers, and ends with its standard input")
    void endsWithInput() throws Exception {
        Path tmp = Files.createDirectory(directory.resolve("tmp"));
        Process process = new ProcessBuilder(
                        java(),
                        "-Djava.io.tmpdir=" + tmp,
                        "-cp",
                        without("nothing"),
                        EmbeddedDynamoDbServer.class.getName())
                .redirectErrorStream(true)
                .start();
        try {
            BufferedReader lines = process.inputReader();
            String line = lines.readLine();
            while (line != null && !line.startsWith(EmbeddedDynamoDbServer.READY)) {
                line = lines.readLine();
            }
            assertNotNull(line, "it said nothing");
            URI endpoint = URI.create(line.substring(EmbeddedDynamoDbServer.READY.length()));
            try (Socket socket = new Socket(endpoint.getHost(), endpoint.getPort())) {
                assertTrue(socket.isConnected());
            }
            assertTrue(process.isAlive());
            process.getOutputStream().close();
            assertTrue(process.waitFor(3, TimeUnit.MINUTES), "still running");
            assertEquals(0, process.exitValue());
        } finally {
            process.destroyForcibly();
        }
    }

    private record Result(int exitCode, long millis, String output) {}

    private Result fork(Class<?> main, String classPath, String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(java());
        if (Runtime.version().feature() >= 24) {
            // From there on the JVM prints a warning about every native library.
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", classPath, main.getName()));
        Path output = directory.resolve("output");
        long before = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(3, TimeUnit.MINUTES);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
        if (!ended) {
            process.destroyForcibly();
        }
        String text = Files.readString(output);
        assertTrue(ended, () -> "still running: " + text);
        assertFalse(process.isAlive());
        return new Result(process.exitValue(), millis, text);
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** The class path of this process, without the jars whose names start so. */
    private static String without(String prefix) {
        return String.join(
                File.pathSeparator,
                classPath()
                        .filter(p -> !p.getFileName().toString().startsWith(prefix))
                        .map(Path::toString)
                        .toList());
    }

    private static Stream<Path> classPath() {
        // Surefire's manifest-only jar hides the class path; it keeps the real one here.
        String entries = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Arrays.stream(entries.split(File.pathSeparator)).map(Path::of);
    }
}
