// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.oidc;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One node of the shop, a process of its own. */
record Node(Process process, int port) implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("Listening on: http://\\S+:(\\d+)");

    private static final String KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    /** With the store's own client. */
    static List<String> properties(Provider provider, DynamoDb dynamoDb) {
        return properties(
                provider,
                "dynamosession.endpoint=" + dynamoDb.endpoint(),
                "dynamosession.region=eu-central-1",
                "dynamosession.call-timeout=1s");
    }

    static List<String> properties(Provider provider, String... client) {
        List<String> properties = new ArrayList<>(List.of(client));
        properties.addAll(List.of(
                "quarkus.oidc.auth-server-url=http://127.0.0.1:" + provider.port(),
                "dynamosession.create-table=true",
                "dynamosession.table-name=oidc",
                "dynamosession.indexes=principal",
                "dynamosession.signing-keys=" + KEY,
                "dynamosession.encryption-keys=k1:" + KEY));
        return properties;
    }

    /** Starts what a module beside this one built into a folder. */
    static Node start(String module, String folder, List<String> properties) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx192m",
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=0"));
        properties.forEach(property -> command.add("-D" + property));
        Path here = Path.of(System.getProperty("here"));
        Path built = here.relativize(Path.of(System.getProperty("built")));
        command.addAll(List.of(
                "-jar",
                here.resolve(module)
                        .resolve(built)
                        .resolve(folder)
                        .resolve("quarkus-run.jar")
                        .toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("AWS_ACCESS_KEY_ID", "test");
        builder.environment().put("AWS_SECRET_ACCESS_KEY", "test");
        Process process = builder.start();
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        StringBuilder output = new StringBuilder();
        while (true) {
            String line = lines.readLine();
            if (line == null) {
                throw new AssertionError("the node did not start:\n" + output);
            }
            output.append(line).append('\n');
            Matcher listening = LISTENING.matcher(line);
            if (listening.find()) {
                Thread reader = new Thread(() -> lines.lines().forEach(System.out::println), "node");
                reader.setDaemon(true);
                reader.start();
                return new Node(process, Integer.parseInt(listening.group(1)));
            }
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
