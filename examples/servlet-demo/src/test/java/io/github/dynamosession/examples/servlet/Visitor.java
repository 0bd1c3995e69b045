// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Somebody with a cookie and no browser. */
final class Visitor {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofMinutes(1)).build();

    private final String base;
    private String cookie = "";

    Visitor(String base) {
        this.base = base;
    }

    /** Another one with the same cookie, at another address. */
    Visitor at(String otherBase) {
        Visitor other = new Visitor(otherBase);
        other.cookie = cookie;
        return other;
    }

    String cookie() {
        return cookie;
    }

    Answer get(String path) {
        return send(HttpRequest.newBuilder(URI.create(base + path)).GET());
    }

    Answer post(String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    private Answer send(HttpRequest.Builder request) {
        if (!cookie.isEmpty()) {
            request.header("Cookie", cookie);
        }
        try {
            HttpResponse<String> response =
                    CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            response.headers().firstValue("Set-Cookie").ifPresent(set -> cookie = set.replaceFirst(";.*", ""));
            return new Answer(response);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    record Answer(HttpResponse<String> response) {
        int status() {
            return response.statusCode();
        }

        String text() {
            return response.body();
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        String node() {
            return header("X-Demo-Node");
        }

        /** Such as {@code 2 calls, 1 R, 1 W}. */
        String cost() {
            return header("X-Demo-Calls") + " calls, " + header("X-Demo-Read-Units") + " R, "
                    + header("X-Demo-Write-Units") + " W";
        }
    }
}
