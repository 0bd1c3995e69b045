// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.examples.servlet.Demo;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The nodes of the Quarkus demo, started by the launcher as users start it,")
class DemoTest {
    private static Process demo;
    private static String front;
    private static String a;
    private static String b;

    private final CookieManager cookies = new CookieManager();
    private final HttpClient browser =
            HttpClient.newBuilder().cookieHandler(cookies).build();

    @BeforeAll
    static void start() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("demo."))
                .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
        command.addAll(List.of(Demo.class.getName(), "--port", "0", "--compress-above", "off"));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        demo = builder.start();
        StringBuilder output = new StringBuilder();
        BufferedReader lines = demo.inputReader(StandardCharsets.UTF_8);
        while (b == null) {
            String line = lines.readLine();
            if (line == null) {
                throw new AssertionError("the demo did not start:\n" + output);
            }
            output.append(line).append('\n');
            front = front == null ? url("^    (http://\\S+)/$", line) : front;
            a = a == null ? url("node A alone: (\\S+)/ ", line) : a;
            b = url("node B alone: (\\S+)/ ", line);
        }
        Thread reader = new Thread(() -> lines.lines().forEach(line -> {}), "demo-output");
        reader.setDaemon(true);
        reader.start();
    }

    private static String url(String pattern, String line) {
        Matcher matcher = Pattern.compile(pattern).matcher(line);
        return matcher.find() ? matcher.group(1) : null;
    }

    @AfterAll
    static void stop() throws InterruptedException {
        demo.toHandle().destroy();
        if (!demo.waitFor(1, TimeUnit.MINUTES)) {
            demo.destroyForcibly();
        }
    }

    private HttpResponse<String> get(String node, String path) throws IOException, InterruptedException {
        return browser.send(
                HttpRequest.newBuilder(URI.create(node + path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String node, String path, String form) throws IOException, InterruptedException {
        return browser.send(
                HttpRequest.newBuilder(URI.create(node + path))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static Optional<String> header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name);
    }

    @Test
    @DisplayName("serve the page, its calls, and the plain requests with what they cost, and share their sessions")
    void serves() throws IOException, InterruptedException {
        assertThat(get(front, "/").body()).contains("demo.js");
        assertThat(get(a, "/").body()).contains("demo.js");
        assertThat(header(get(a, "/demo.css"), "Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/css"));
        HttpResponse<String> nobody = get(a, "/who");
        assertThat(nobody.body()).isEqualTo("nobody");
        assertThat(header(nobody, "X-Demo-Calls")).contains("0");
        assertThat(header(nobody, "set-cookie")).isEmpty();
        assertThat(get(a, "/none?delay=1").body()).isEqualTo("none");
        assertThat(get(a, "/none?delay=x").statusCode()).isEqualTo(400);
        assertThat(post(a, "/api/cart", "sku=tea&by=1").body()).contains("\"items\":1");
        assertThat(cookies.getCookieStore().getCookies())
                .singleElement()
                .satisfies(cookie -> assertThat(cookie.getName()).isEqualTo("JSESSIONID"));
        String former = cookies.getCookieStore().getCookies().get(0).getValue();
        assertThat(post(b, "/api/login", "user=ada").body()).contains("\"user\":\"ada\"", "\"items\":1");
        assertThat(cookies.getCookieStore().getCookies().get(0).getValue()).isNotEqualTo(former);
        assertThat(get(a, "/who").body()).isEqualTo("ada");

        assertThat(get(a, "/change").body()).isEqualTo("1");
        HttpResponse<String> changed = get(b, "/change");
        assertThat(changed.body()).isEqualTo("2");
        assertThat(header(changed, "X-Demo-Node")).contains("B");
        assertThat(header(changed, "X-Demo-Operations")).contains("find,update");
        assertThat(header(changed, "X-Demo-Write-Units")).contains("1");
        // Saved with the response, not by the endpoint.
        HttpResponse<String> set = get(b, "/change?k=colour&v=red");
        assertThat(header(set, "X-Demo-Operations")).contains("find,update");

        assertThat(get(b, "/login?user=bob&kb=20").body()).isEqualTo("bob");
        HttpResponse<String> read = get(a, "/read?k=user");
        assertThat(read.body()).isEqualTo("bob");
        assertThat(header(read, "X-Demo-Read-Units")).contains("5");
        assertThat(header(get(a, "/demo.css"), "X-Demo-Calls")).contains("0");
        assertThat(header(get(a, "/none"), "X-Demo-Calls")).contains("0");
        assertThat(get(a, "/login?user=bob&kb=nonsense").statusCode()).isEqualTo(400);
        assertThat(get(a, "/logout").body()).isEqualTo("bye");
        assertThat(get(b, "/who").body()).isEqualTo("nobody");
    }

    @Test
    @DisplayName("refuse the calls of another site's page")
    void refuses() throws IOException, InterruptedException {
        HttpResponse<String> answer = browser.send(
                HttpRequest.newBuilder(URI.create(a + "/api/logout"))
                        .header("Sec-Fetch-Site", "cross-site")
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(403);
    }
}
