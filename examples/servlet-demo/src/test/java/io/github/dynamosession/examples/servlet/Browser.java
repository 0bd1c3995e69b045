// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A headless Chromium, driven over the W3C WebDriver protocol by what is installed on the machine. */
final class Browser implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration START = Duration.ofSeconds(60);

    private final HttpClient client = HttpClient.newHttpClient();
    private final Process driver;
    private final String address;
    private final Path profile;
    private String session = "";

    private Browser(String driverProgram, String browserProgram) throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        profile = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "browser-");
        driver = new ProcessBuilder(driverProgram, "--port=" + port)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        address = "http://127.0.0.1:" + port;
        try {
            awaitDriver();
            ObjectNode capabilities = JSON.createObjectNode();
            ObjectNode options = capabilities
                    .putObject("capabilities")
                    .putObject("alwaysMatch")
                    .putObject("goog:chromeOptions");
            options.put("binary", browserProgram);
            ArrayNode args = options.putArray("args");
            Stream.of(
                            "--headless",
                            "--no-sandbox",
                            "--disable-gpu",
                            "--disable-dev-shm-usage",
                            "--disable-quic",
                            "--no-first-run",
                            "--disable-background-networking",
                            "--disable-component-update",
                            "--disable-sync",
                            "--user-data-dir=" + profile.toAbsolutePath())
                    .forEach(args::add);
            session = "/session/"
                    + call("POST", "/session", capabilities).get("sessionId").asText();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Empty if the machine has none. */
    static Optional<Browser> start() {
        Optional<String> driver = installed("chromedriver");
        Optional<String> browser = installed("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
        if (driver.isEmpty() || browser.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Browser(driver.get(), browser.get()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<String> installed(String... names) {
        List<String> folders =
                Arrays.asList(String.valueOf(System.getenv("PATH")).split(File.pathSeparator));
        return Stream.of(names)
                .flatMap(name -> folders.stream().map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    private void awaitDriver() {
        long deadline = System.nanoTime() + START.toNanos();
        while (true) {
            try {
                if (call("GET", "/status", null).get("ready").asBoolean()) {
                    return;
                }
            } catch (UncheckedIOException e) {
                if (System.nanoTime() > deadline || !driver.isAlive()) {
                    throw e;
                }
            }
        }
    }

    void open(String url) {
        call("POST", session + "/url", JSON.createObjectNode().put("url", url));
    }

    void back() {
        call("POST", session + "/back", JSON.createObjectNode());
    }

    /** The tab that is in front. */
    String tab() {
        return call("GET", session + "/window", null).asText();
    }

    /** Opens another tab and brings it to the front. */
    String newTab() {
        String tab = call(
                        "POST", session + "/window/new", JSON.createObjectNode().put("type", "tab"))
                .get("handle")
                .asText();
        switchTo(tab);
        return tab;
    }

    void switchTo(String tab) {
        call("POST", session + "/window", JSON.createObjectNode().put("handle", tab));
    }

    /** The cookies that the page's address gets, HttpOnly ones too. */
    JsonNode cookies() {
        return call("GET", session + "/cookie", null);
    }

    /** What the body of a function returns. */
    JsonNode script(String body) {
        ObjectNode script = JSON.createObjectNode().put("script", body);
        script.putArray("args");
        return call("POST", session + "/execute/sync", script);
    }

    void click(String selector) {
        call("POST", element(selector) + "/click", JSON.createObjectNode());
    }

    void type(String selector, String text) {
        call("POST", element(selector) + "/value", JSON.createObjectNode().put("text", text));
    }

    /** What a person sees of it; empty while it is hidden. */
    String text(String selector) {
        return call("GET", element(selector) + "/text", null).asText();
    }

    private String element(String selector) {
        JsonNode found = call(
                "POST",
                session + "/element",
                JSON.createObjectNode().put("using", "css selector").put("value", selector));
        return session + "/element/" + found.elements().next().asText();
    }

    private JsonNode call(String method, String path, ObjectNode body) {
        try {
            HttpResponse<byte[]> response = client.send(
                    HttpRequest.newBuilder(URI.create(address + path))
                            .header("Content-Type", "application/json; charset=utf-8")
                            .method(
                                    method,
                                    body == null
                                            ? HttpRequest.BodyPublishers.noBody()
                                            : HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                            .timeout(Duration.ofMinutes(2))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            JsonNode value = JSON.readTree(response.body()).get("value");
            if (response.statusCode() != 200) {
                throw new IllegalStateException(method + " " + path.replaceFirst("/session/[^/]*", "") + ": "
                        + value.path("error").asText() + ": "
                        + value.path("message").asText());
            }
            return value;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> processes = driver.descendants().toList();
        try {
            if (!session.isEmpty()) {
                call("DELETE", session, null);
            }
        } catch (RuntimeException e) {
            // It is ended below.
        }
        driver.destroy();
        try {
            if (!driver.waitFor(10, TimeUnit.SECONDS)) {
                driver.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        processes.forEach(ProcessHandle::destroyForcibly);
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            // Below target: the next clean removes it.
        }
    }
}
