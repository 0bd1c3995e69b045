// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A browser behind a load balancer without affinity: each request goes to the next node. Follows no redirects. */
final class Visitor {
    static final String COOKIE = "JSESSIONID";
    private static final Pattern CSRF = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]*)\"");

    private final List<Node> nodes;
    private final Map<String, String> cookies = new TreeMap<>();
    private int requests;

    Visitor(Node... nodes) {
        this.nodes = List.of(nodes);
    }

    record Answer(int status, String body, List<String> cookies, String location) {
        String csrf() {
            Matcher token = CSRF.matcher(body);
            if (!token.find()) {
                throw new AssertionError("no CSRF token in: " + body);
            }
            return token.group(1);
        }
    }

    @Nullable
    String session() {
        return cookies.get(COOKIE);
    }

    @Nullable
    String cookie(String name) {
        return cookies.get(name);
    }

    Visitor session(@Nullable String id) {
        return cookie(COOKIE, id);
    }

    Visitor cookie(String name, @Nullable String value) {
        if (value == null) {
            cookies.remove(name);
        } else {
            cookies.put(name, value);
        }
        return this;
    }

    Answer get(String path, String... headers) {
        HttpRequest.Builder request = request(path).GET();
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request);
    }

    Answer post(String path, String... namesAndValues) {
        StringBuilder form = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            form.append(i == 0 ? "" : "&")
                    .append(namesAndValues[i])
                    .append('=')
                    .append(URLEncoder.encode(namesAndValues[i + 1], StandardCharsets.UTF_8));
        }
        return send(request(path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form.toString())));
    }

    Answer upload(String path, String file, String content) {
        String body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + file
                + "\"\r\nContent-Type: text/plain\r\n\r\n" + content + "\r\n--b--\r\n";
        return send(request(path)
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** Opens a WebSocket on the next node. */
    WebSocket webSocket(String path, WebSocket.Listener listener) {
        HttpRequest request = request(path).build();
        WebSocket.Builder socket = HttpClient.newHttpClient().newWebSocketBuilder();
        request.headers().firstValue("Cookie").ifPresent(cookie -> socket.header("Cookie", cookie));
        return socket.buildAsync(URI.create("ws" + request.uri().toString().substring(4)), listener)
                .join();
    }

    Answer delete(String path) {
        return send(request(path).DELETE());
    }

    /** Asks for the form and sends it filled in. */
    Answer logIn(String user, String password, String... more) {
        String csrf = get("/login").csrf();
        String[] form = new String[6 + more.length];
        System.arraycopy(new String[] {"username", user, "password", password, "_csrf", csrf}, 0, form, 0, 6);
        System.arraycopy(more, 0, form, 6, more.length);
        return post("/login", form);
    }

    Answer logOut() {
        return post("/logout", "_csrf", get("/").csrf());
    }

    private HttpRequest.Builder request(String path) {
        Node node = nodes.get(requests++ % nodes.size());
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + node.port() + path));
        if (!cookies.isEmpty()) {
            request.header(
                    "Cookie",
                    cookies.entrySet().stream()
                            .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                            .collect(Collectors.joining("; ")));
        }
        return request;
    }

    private Answer send(HttpRequest.Builder request) {
        HttpResponse<String> response;
        try {
            // A connection for each: Reactor Netty leaves the second request of one unread now and then
            // (reactor-netty#4361).
            response = HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        List<String> set = response.headers().allValues("Set-Cookie");
        set.forEach(this::keep);
        String location = response.headers().firstValue("Location").orElse("");
        return new Answer(
                response.statusCode(),
                response.body(),
                set,
                location.startsWith("http") ? location.replaceFirst("^https?://[^/]*", "") : location);
    }

    private void keep(String header) {
        String pair = header.split(";", 2)[0];
        int equals = pair.indexOf('=');
        String value = pair.substring(equals + 1);
        boolean gone = value.isEmpty() || header.toLowerCase(Locale.ROOT).contains("max-age=0");
        cookie(pair.substring(0, equals), gone ? null : value);
    }
}
