// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A browser: keeps cookies by name, follows no redirects. */
final class Browser {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String base;
    private final Map<String, String> cookies = new ConcurrentHashMap<>();

    Browser(int port) {
        this(port, Container.CONTEXT_PATH);
    }

    /** A browser whose paths are below the given one. */
    Browser(int port, String basePath) {
        this.base = "http://localhost:" + port + basePath;
    }

    /** What came back. */
    record Answer(int status, String body, List<String> setCookies, HttpResponse<String> response) {
        @Nullable
        String setCookie(String name) {
            return setCookies.stream()
                    .filter(header -> header.startsWith(name + "="))
                    .findFirst()
                    .orElse(null);
        }
    }

    @Nullable
    String session() {
        return cookies.get(TestServer.COOKIE);
    }

    @Nullable
    String cookie(String name) {
        return cookies.get(name);
    }

    Browser session(@Nullable String value) {
        if (value == null) {
            cookies.remove(TestServer.COOKIE);
        } else {
            cookies.put(TestServer.COOKIE, value);
        }
        return this;
    }

    Browser cookie(String name, String value) {
        cookies.put(name, value);
        return this;
    }

    Answer get(String path, String... headers) {
        return exchange(path, null, headers).join();
    }

    /** A request that sends this Cookie header; the cookies kept stay as they are. */
    Answer getWith(String path, String cookieHeader) {
        return exchange(path, cookieHeader).join();
    }

    /** Sends with the cookies of now; those that come back are kept when the answer arrives. */
    CompletableFuture<Answer> start(String path) {
        return exchange(path, null);
    }

    private CompletableFuture<Answer> exchange(String path, @Nullable String cookieHeader, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        String header = cookieHeader;
        if (header == null) {
            header = cookies.entrySet().stream()
                    .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                    .collect(Collectors.joining("; "));
        }
        if (!header.isEmpty()) {
            request.header("Cookie", header);
        }
        return CLIENT.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
                .thenApply(response -> {
                    List<String> set = response.headers().allValues("Set-Cookie");
                    if (cookieHeader == null) {
                        set.forEach(this::keep);
                    }
                    return new Answer(response.statusCode(), response.body(), new ArrayList<>(set), response);
                });
    }

    private void keep(String header) {
        String pair = header.split(";", 2)[0];
        String name = pair.substring(0, pair.indexOf('='));
        String value = pair.substring(pair.indexOf('=') + 1).replace("\"", "");
        if (value.isEmpty() || header.toLowerCase(java.util.Locale.ROOT).contains("max-age=0")) {
            cookies.remove(name);
        } else {
            cookies.put(name, value);
        }
    }
}
