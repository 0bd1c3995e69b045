// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.spi.SessionStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * dynalite, an implementation of DynamoDB's API by others, in a process of its own. npm fetches it into
 * {@code target}, by a lock file with checksums; nothing is installed elsewhere.
 */
final class Dynalite implements AutoCloseable {
    private static final Path SOURCE = Path.of("src", "test", "dynalite");
    private static final Path TARGET = Path.of("target", "dynalite");
    private static final long INSTALLATION_SECONDS = 120;

    private final Process process;
    private final DynamoDbClient client;

    private Dynalite(Process process, URI endpoint) {
        this.process = process;
        this.client = Stores.blocking(endpoint);
        DynamoDbTables.createTable(client, Stores.TABLE, ItemAttributes.defaults());
    }

    /**
     * Fetches dynalite unless it is there, and starts it with a table.
     *
     * @throws TestAbortedException if it cannot be fetched, unless this is a build server ({@code CI=true})
     */
    static Dynalite start() {
        try {
            install();
            Process process = new ProcessBuilder("node", "start.js")
                    .directory(TARGET.toFile())
                    .redirectError(TARGET.resolve("dynalite.log").toFile())
                    .start();
            // Not closed: with the end of its standard input the process ends.
            BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
            String port = reader.readLine();
            if (port == null) {
                throw new IllegalStateException("dynalite did not start:\n" + read("dynalite.log"));
            }
            return new Dynalite(process, URI.create("http://127.0.0.1:" + port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    SessionStore store(Clock clock) {
        return DynamoDbSessionStore.builder()
                .tableName(Stores.TABLE)
                .client(client)
                .clock(clock)
                .build();
    }

    @Override
    public void close() {
        client.close();
        process.destroy();
    }

    private static void install() throws IOException {
        Path lock = TARGET.resolve("package-lock.json");
        Path installed = TARGET.resolve("node_modules").resolve(".package-lock.json");
        if (Files.exists(installed) && Files.mismatch(SOURCE.resolve("package-lock.json"), lock) < 0) {
            copy("start.js");
            return;
        }
        Files.createDirectories(TARGET);
        for (String file : List.of("package.json", "package-lock.json", "start.js")) {
            copy(file);
        }
        Process npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                .directory(TARGET.toFile())
                .redirectErrorStream(true)
                .redirectOutput(TARGET.resolve("npm.log").toFile())
                .start();
        try {
            boolean ended = npm.waitFor(INSTALLATION_SECONDS, TimeUnit.SECONDS);
            if (!ended || npm.exitValue() != 0) {
                npm.destroyForcibly();
                unavailable("npm could not fetch dynalite:\n" + read("npm.log"));
            }
        } catch (InterruptedException e) {
            npm.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static void unavailable(String why) {
        if (Boolean.parseBoolean(System.getenv("CI"))) {
            throw new IllegalStateException(why);
        }
        throw new TestAbortedException(why);
    }

    private static void copy(String file) throws IOException {
        Files.copy(SOURCE.resolve(file), TARGET.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }

    private static String read(String file) throws IOException {
        return Files.readString(TARGET.resolve(file));
    }
}
