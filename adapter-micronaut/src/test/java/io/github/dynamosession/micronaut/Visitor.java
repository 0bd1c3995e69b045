// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A browser with one cookie. */
final class Visitor {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final URI server;
    private @Nullable String cookie;

    Visitor(URI server) {
        this.server = server;
    }

    Visitor(URI server, @Nullable String cookie) {
        this.server = server;
        this.cookie = cookie;
    }

    /** What came back. {@code setCookie} is null without the header, and empty if it clears the cookie. */
    record Reply(int status, String body, @Nullable String setCookie, HttpResponse<String> response) {}

    @Nullable
    String cookie() {
        return cookie;
    }

    /** The same browser at another server. */
    Visitor at(App app) {
        return new Visitor(app.uri(), cookie);
    }

    String text(String path) {
        Reply reply = get(path);
        if (reply.status() != 200) {
            throw new AssertionError(path + " answered " + reply.status() + ": " + reply.body());
        }
        return reply.body();
    }

    Reply get(String path, String... headers) {
        return send(path, headers).join();
    }

    Reply post(String path, String form) {
        return keep(CLIENT.sendAsync(
                        request(path)
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(HttpRequest.BodyPublishers.ofString(form))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .join());
    }

    CompletableFuture<Reply> send(String path, String... headers) {
        HttpRequest.Builder request = request(path);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .thenApply(this::keep);
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve(path));
        if (cookie != null) {
            request.header("Cookie", "SESSION=" + cookie);
        }
        return request;
    }

    private synchronized Reply keep(HttpResponse<String> response) {
        Map<String, String> set = new LinkedHashMap<>();
        for (String header : response.headers().allValues("Set-Cookie")) {
            String pair = header.split(";", 2)[0];
            set.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }
        Optional<String> session = Optional.ofNullable(set.get("SESSION"));
        session.ifPresent(value -> cookie = value.isEmpty() ? null : value);
        return new Reply(response.statusCode(), response.body(), session.orElse(null), response);
    }
}
