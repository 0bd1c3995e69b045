// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A browser that knows one cookie: the session's. */
final class AdapterBrowser {
    private static final HttpClient CLIENT = client();

    private final HttpClient client;
    private final URI server;
    private final String name;

    /** The cookie's value; null: none. */
    private volatile @Nullable String cookie;

    AdapterBrowser(URI server, String name, @Nullable String cookie) {
        this(CLIENT, server, name, cookie);
    }

    private AdapterBrowser(HttpClient client, URI server, String name, @Nullable String cookie) {
        this.client = client;
        this.server = server;
        this.name = name;
        this.cookie = cookie;
    }

    private static HttpClient client() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    /**
     * What came back.
     *
     * @param setCookies the {@code Set-Cookie} headers of the session cookie
     */
    record Answer(int status, String body, List<String> setCookies, HttpResponse<String> response) {
        Answer ok() {
            assertEquals(200, status, "status");
            return this;
        }

        Answer leavesCookieAlone() {
            assertEquals(List.of(), setCookies, "Set-Cookie of the session");
            return this;
        }

        Answer setsCookie() {
            assertEquals(1, setCookies.size(), "how often the session cookie is set");
            assertEquals(false, isCleared(setCookies.get(0)), "the session cookie is cleared");
            return this;
        }

        Answer clearsCookie() {
            assertEquals(1, setCookies.size(), "how often the session cookie is set");
            assertEquals(true, isCleared(setCookies.get(0)), "the session cookie is cleared");
            return this;
        }
    }

    @Nullable
    String cookie() {
        return cookie;
    }

    /** Another window of the same browser, whose cookie goes its own way from now on. */
    AdapterBrowser another() {
        return new AdapterBrowser(client, server, name, cookie);
    }

    /** The same browser behind a proxy, which sends all requests on one connection. */
    AdapterBrowser behindProxy() {
        return new AdapterBrowser(client(), server, name, cookie);
    }

    Answer get(String path, String... headers) throws Exception {
        return start(path, headers).get(AdapterContract.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** A request that sends these cookies as they are; what comes back is not kept. */
    Answer getWith(String path, List<String> values) throws Exception {
        return startWith(path, values).get(AdapterContract.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** Sends such a request. */
    CompletableFuture<Answer> startWith(String path, List<String> values) {
        return send(
                path,
                String.join(
                        "; ", values.stream().map(value -> name + "=" + value).toList()));
    }

    /** Another browser behind the same proxy sends this header. */
    void letOthersGet(String path, String cookies) throws Exception {
        send(path, cookies).get(AdapterContract.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** Sends the request; the cookie that comes back is kept when the answer arrives. */
    CompletableFuture<Answer> start(String path, String... headers) {
        String value = cookie;
        return send(path, value == null ? "" : name + "=" + value, headers).thenApply(answer -> {
            answer.setCookies().forEach(this::keep);
            return answer;
        });
    }

    private CompletableFuture<Answer> send(String path, String cookies, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        if (!cookies.isEmpty()) {
            request.header("Cookie", cookies);
        }
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
                .thenApply(response -> new Answer(
                        response.statusCode(),
                        response.body(),
                        response.headers().allValues("Set-Cookie").stream()
                                .filter(header -> header.startsWith(name + "="))
                                .toList(),
                        response));
    }

    /** Sends the request and keeps the connection: who closes it has gone away. */
    Socket startAndHold(String path) throws IOException {
        Socket socket = new Socket(server.getHost(), server.getPort());
        String value = cookie;
        String head = "GET " + server.getPath() + path + " HTTP/1.1\r\nHost: " + server.getAuthority() + "\r\n"
                + (value == null ? "" : "Cookie: " + name + "=" + value + "\r\n") + "\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        return socket;
    }

    private void keep(String header) {
        cookie = isCleared(header) ? null : value(header);
    }

    private static String value(String header) {
        String pair = header.split(";", 2)[0];
        return pair.substring(pair.indexOf('=') + 1).replace("\"", "");
    }

    private static boolean isCleared(String header) {
        String lower = header.toLowerCase(Locale.ROOT);
        return value(header).isEmpty()
                || lower.contains("max-age=0")
                || lower.contains("expires=thu, 01 jan 1970")
                || lower.contains("expires=thu, 01-jan-1970");
    }
}
