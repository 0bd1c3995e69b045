// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The demo's launcher in a process of its own, on free ports. */
final class RunningDemo implements AutoCloseable {
    /** Generous: the machine may be busy with a whole build. */
    static final Duration PATIENCE = Duration.ofMinutes(2);

    private static RunningDemo shared;

    private final Process process;
    private final Path directory;
    private final List<String> output = Collections.synchronizedList(new ArrayList<>());

    private RunningDemo(Process process, Path directory) {
        this.process = process;
        this.directory = directory;
        Thread reader = new Thread(this::read, "demo-output");
        reader.setDaemon(true);
        reader.start();
    }

    static RunningDemo start(String... args) {
        try {
            Path directory = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "test-");
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.add("-XX:-UsePerfData");
            command.add("-Ddemo.directory=" + directory.toAbsolutePath());
            command.add(Demo.class.getName());
            command.addAll(List.of(args));
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
            return new RunningDemo(builder.start(), directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One for all tests that leave it as they found it. */
    static synchronized RunningDemo shared() {
        if (shared == null) {
            shared = start("--port", "0").awaitReady();
            Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
        }
        return shared;
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            lines.lines().forEach(output::add);
        } catch (IOException | UncheckedIOException e) {
            output.add(e.toString());
        }
    }

    RunningDemo awaitReady() {
        await("the demo to be ready", () -> output().contains("Ready in") || !process.isAlive());
        if (!output().contains("Ready in")) {
            throw new AssertionError("the demo did not start:\n" + output());
        }
        return this;
    }

    Process process() {
        return process;
    }

    String output() {
        synchronized (output) {
            return String.join("\n", output);
        }
    }

    /** Of the front door. */
    String base() {
        return "http://localhost:" + number("Open\\s+http://localhost:(\\d+)/");
    }

    /** Of one node. */
    String node(String name) {
        return "http://localhost:" + number("node " + name + " alone: http://localhost:(\\d+)/");
    }

    long pid(String name) {
        return number("node " + name + " alone: .*kill -9 (\\d+)");
    }

    int databasePort() {
        return (int) number("Starting DynamoDB Local on port (\\d+)");
    }

    List<Integer> ports() {
        return Stream.of(base(), node("A"), node("B"), "http://localhost:" + databasePort())
                .map(url -> Integer.parseInt(url.substring(url.lastIndexOf(':') + 1)))
                .toList();
    }

    private long number(String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(output());
        if (!matcher.find()) {
            throw new AssertionError(pattern + " is not in the output:\n" + output());
        }
        return Long.parseLong(matcher.group(1));
    }

    List<ProcessHandle> children() {
        return process.descendants().toList();
    }

    List<Path> files() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean isOpen(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited too long for " + what);
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** SIGTERM. Not by {@code Process.destroy()}, which closes the streams and loses the last words. */
    void terminate() {
        process.toHandle().destroy();
    }

    @Override
    public void close() {
        terminate();
        try {
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
            // Stays if it is not empty.
            directory.toFile().delete();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
