// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A server that a test starts, with what it has to know of it. */
abstract class ApplicationServer {
    static final String USER = "ann";
    static final String PASSWORD = "secret-1";
    static final String PLAIN = "plain";
    static final String LOGIN = "login";
    static final String CONTRACT = "contract";
    static final String BROKEN = "broken";

    private static final Duration STARTS_WITHIN = Duration.ofMinutes(4);

    /** Where the build has put the servers. */
    static final Path SERVERS = Path.of(System.getProperty("servers.folder", "target/servers"));

    /** What a server writes while it runs: made by the test, of this node alone. */
    private final Path folder;

    private final Path log;
    private int port;
    private @Nullable Process process;

    ApplicationServer(Path folder) {
        this.folder = folder;
        this.log = folder.resolve("console.log");
    }

    Path home() {
        return folder;
    }

    /**
     * What starts the server in the foreground.
     *
     * @param wars by context path, without the slash
     */
    abstract ProcessBuilder command(Path home, int httpPort, Map<String, Path> wars) throws IOException;

    /** Lets a running server take an application out and in again; the server does not have to be restarted. */
    abstract void redeploy(Path home, String application, Path war) throws Exception;

    void start(Map<String, Path> wars, Map<String, String> environment) throws IOException {
        Files.createDirectories(folder);
        port = freePort();
        ProcessBuilder builder = command(folder, port, wars);
        builder.environment().putAll(environment);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        process = builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    void awaitReady() {
        for (String application : List.of(PLAIN, LOGIN)) {
            Awaitility.await(getClass().getSimpleName() + " with " + application + ", see " + log)
                    .atMost(STARTS_WITHIN)
                    .pollInterval(Duration.ofMillis(300))
                    .until(() -> {
                        Process running = process;
                        if (running == null || !running.isAlive()) {
                            throw new IllegalStateException("the server has ended, see " + log);
                        }
                        return isReady(application);
                    });
        }
    }

    boolean isReady(String application) {
        try {
            Browser.Answer answer = new Browser().get(uri(application, "ready"));
            return answer.status() == 200 && answer.body().equals("ready");
        } catch (IllegalStateException e) {
            return false;
        }
    }

    void redeploy(String application, Path war) throws Exception {
        redeploy(folder, application, war);
    }

    URI uri(String application, String page) {
        String path = page.startsWith("/") ? page : "/do/" + page;
        return URI.create("http://localhost:" + port + "/" + application + path);
    }

    /** What the server has written so far. */
    String log() throws IOException {
        return Files.readString(log);
    }

    void stop() throws InterruptedException {
        Process running = process;
        process = null;
        if (running != null) {
            List<ProcessHandle> all = running.descendants().toList();
            running.destroy();
            all.forEach(ProcessHandle::destroy);
            if (!running.waitFor(20, java.util.concurrent.TimeUnit.SECONDS)) {
                running.destroyForcibly();
            }
            all.forEach(ProcessHandle::destroyForcibly);
            for (ProcessHandle one : all) {
                one.onExit().join();
            }
            running.waitFor();
        }
    }

    /** A server that was unpacked, by the beginning of its folder's name. */
    static Path distribution(String name) throws IOException {
        try (Stream<Path> all = Files.list(SERVERS)) {
            return all.filter(path -> path.getFileName().toString().startsWith(name))
                    .findFirst()
                    .orElseThrow();
        }
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(folder).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(
                        file,
                        to.resolve(from.relativize(file).toString()),
                        StandardCopyOption.REPLACE_EXISTING,
                        StandardCopyOption.COPY_ATTRIBUTES);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
