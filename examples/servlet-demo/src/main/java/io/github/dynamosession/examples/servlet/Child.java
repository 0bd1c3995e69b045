// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A JVM that the launcher starts, watches, and may start again. */
final class Child implements Backend {
    private final String name;
    private final String main;
    private final int port;
    private final List<String> arguments;
    private final String classPath;
    private final Path directory;
    private final BiConsumer<Child, String> onLine;
    private final Consumer<Child> onEnd;

    private @Nullable Process process;
    private State state = State.STOPPED;
    private boolean closed;

    Child(
            String name,
            int port,
            String main,
            List<String> arguments,
            String classPath,
            Path directory,
            BiConsumer<Child, String> onLine,
            Consumer<Child> onEnd) {
        this.name = name;
        this.main = main;
        this.port = port;
        this.arguments = List.copyOf(arguments);
        this.classPath = classPath;
        this.directory = directory;
        this.onLine = onLine;
        this.onEnd = onEnd;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public synchronized State state() {
        return state;
    }

    @Override
    public synchronized Optional<Long> pid() {
        return process == null || state == State.STOPPED ? Optional.empty() : Optional.of(process.pid());
    }

    /** How its last process ended; -1 as long as none has. */
    synchronized int exitCode() {
        return process == null || process.isAlive() ? -1 : process.exitValue();
    }

    @Override
    public synchronized boolean start() {
        if (closed || state != State.STOPPED) {
            return false;
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // A killed JVM leaves its performance data and its temporary files behind: have none, and those
        // where the launcher cleans up.
        command.add("-XX:-UsePerfData");
        command.add("-Djava.io.tmpdir=" + directory);
        command.add("-Djava.awt.headless=true");
        command.add("-Dfile.encoding=UTF-8");
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.add("-Xmx512m");
        String logManager = System.getProperty("demo.log-manager");
        if (logManager != null) {
            // Quarkus', which wants to be named early wherever it is on the class path.
            command.add("-Djava.util.logging.manager=" + logManager);
        }
        if (Runtime.version().feature() >= 24) {
            // Tomcat and DynamoDB Local load native libraries, and these JVMs warn of that.
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.add(main);
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        // Not an argument: it is thousands of characters long.
        builder.environment().put("CLASSPATH", classPath);
        builder.redirectErrorStream(true);
        Process started;
        try {
            started = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process = started;
        state = State.STARTING;
        Thread reader = new Thread(() -> follow(started), "demo-" + name);
        reader.setDaemon(true);
        reader.start();
        return true;
    }

    private void follow(Process running) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(running.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals(ParentWatch.READY)) {
                    become(running, State.RUNNING);
                } else {
                    onLine.accept(this, line);
                }
            }
        } catch (IOException e) {
            // It was killed: its end is noticed below.
        }
        try {
            running.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        become(running, State.STOPPED);
        onEnd.accept(this);
    }

    private synchronized void become(Process of, State next) {
        if (of == process) {
            state = next;
            notifyAll();
        }
    }

    /** Waits until it can be used; false if it ended instead. */
    synchronized boolean awaitReady() throws InterruptedException {
        while (state == State.STARTING) {
            wait();
        }
        return state == State.RUNNING;
    }

    @Override
    public synchronized boolean kill() {
        if (process == null || state == State.STOPPED) {
            return false;
        }
        process.destroyForcibly();
        return true;
    }

    /** Asks it to end, and never starts it again. */
    synchronized void close() {
        closed = true;
        if (process != null) {
            process.destroy();
        }
    }

    /** Waits for its end, which is forced if it takes too long. */
    void awaitEnd() throws InterruptedException {
        Process running;
        synchronized (this) {
            running = process;
        }
        if (running != null && !running.waitFor(5, TimeUnit.SECONDS)) {
            running.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
        }
    }
}
