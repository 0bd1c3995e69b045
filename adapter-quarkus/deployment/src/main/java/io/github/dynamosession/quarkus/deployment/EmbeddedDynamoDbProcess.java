// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A JVM with the test kit's embedded DynamoDB. It ends with its standard input: when this process ends,
 * however it ends, or at {@link #close}.
 */
final class EmbeddedDynamoDbProcess implements AutoCloseable {
    private static final String MAIN = "io.github.dynamosession.testkit.EmbeddedDynamoDbServer";

    /** {@code EmbeddedDynamoDbServer.READY}; the test kit is not on the class path here. */
    private static final String READY = "Embedded DynamoDB: ";

    private static final int START_SECONDS = 60;
    private static final int END_SECONDS = 5;

    private final Process process;
    private final String endpoint;

    private EmbeddedDynamoDbProcess(Process process, String endpoint) {
        this.process = process;
        this.endpoint = endpoint;
    }

    /** Says why, and what the process printed. */
    static final class CannotStartException extends Exception {
        private static final long serialVersionUID = 1L;

        CannotStartException(String message, Throwable cause) {
            super(message, cause);
        }

        CannotStartException(String message) {
            super(message);
        }
    }

    static EmbeddedDynamoDbProcess start(String classPath) throws CannotStartException {
        ProcessBuilder builder = new ProcessBuilder(command());
        // Not an argument: it is thousands of characters long.
        builder.environment().put("CLASSPATH", classPath);
        builder.redirectErrorStream(true);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new CannotStartException("no process can be started", e);
        }
        return new EmbeddedDynamoDbProcess(process, awaitEndpoint(process));
    }

    private static List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // It starts in half the time, and does not run long enough to pay for more.
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-XX:-UsePerfData");
        command.add("-Xmx512m");
        command.add("-Djava.awt.headless=true");
        if (Runtime.version().feature() >= 24) {
            // From there on the JVM prints a warning about every native library.
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.add(MAIN);
        return command;
    }

    private static String awaitEndpoint(Process process) throws CannotStartException {
        Output output = new Output(process);
        Thread reader = new Thread(output, "embedded-dynamodb-output");
        reader.setDaemon(true);
        reader.start();
        Optional<String> endpoint = Optional.empty();
        try {
            endpoint = output.endpoint.get(START_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // Told below, with what it printed.
        }
        if (endpoint.isEmpty()) {
            process.destroyForcibly();
            throw new CannotStartException("its process "
                    + (process.isAlive() ? "did not answer in " + START_SECONDS + " s" : "ended") + " and printed\n"
                    + output.printed());
        }
        return endpoint.get();
    }

    /** Reads to the end, so that the process never waits for a reader; keeps what comes before the endpoint. */
    private static final class Output implements Runnable {
        private final Process process;
        private final StringBuilder printed = new StringBuilder();
        private final CompletableFuture<Optional<String>> endpoint = new CompletableFuture<>();

        Output(Process process) {
            this.process = process;
        }

        @Override
        public void run() {
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith(READY)) {
                        endpoint.complete(Optional.of(line.substring(READY.length())));
                    } else if (!endpoint.isDone()) {
                        keep(line);
                    }
                }
            } catch (IOException e) {
                // It was killed.
            } finally {
                endpoint.complete(Optional.empty());
            }
        }

        private synchronized void keep(String line) {
            printed.append(line).append('\n');
        }

        synchronized String printed() {
            return printed.toString();
        }
    }

    String endpoint() {
        return endpoint;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
