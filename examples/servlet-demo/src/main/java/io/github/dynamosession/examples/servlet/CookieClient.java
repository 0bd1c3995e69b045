// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Somebody with the shop's cookie. Not for use by several threads. */
final class CookieClient {
    private static final String COOKIE = "JSESSIONID=";

    /**
     * What came back.
     *
     * @param status 0 if nothing did
     * @param body or why nothing did
     * @param setsCookie whether it sets or clears the shop's cookie
     * @param calls how often the database was called; -1 if the node does not say
     */
    record Answer(int status, String body, boolean setsCookie, int calls) {
        boolean isOk() {
            return status == 200;
        }

        String find(Pattern pattern) {
            Matcher matcher = pattern.matcher(body);
            return matcher.find() ? matcher.group(1) : "";
        }
    }

    private final HttpClient http;
    private String cookie;

    CookieClient(HttpClient http, String cookie) {
        this.http = http;
        this.cookie = cookie;
    }

    /** Its value; empty if there is none. */
    String cookie() {
        return cookie;
    }

    Answer get(String url) throws InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url)).GET());
    }

    Answer post(String url, String form) throws InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form)));
    }

    private Answer send(HttpRequest.Builder request) throws InterruptedException {
        if (!cookie.isEmpty()) {
            request.header("Cookie", COOKIE + cookie);
        }
        try {
            HttpResponse<String> response =
                    http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            List<String> set = response.headers().allValues("Set-Cookie").stream()
                    .filter(header -> header.startsWith(COOKIE))
                    .toList();
            set.forEach(this::keep);
            int calls =
                    (int) response.headers().firstValueAsLong("X-Demo-Calls").orElse(-1);
            return new Answer(response.statusCode(), response.body(), !set.isEmpty(), calls);
        } catch (IOException e) {
            return new Answer(0, String.valueOf(e.getMessage()), false, -1);
        }
    }

    private void keep(String header) {
        boolean cleared = header.toLowerCase(Locale.ROOT).contains("max-age=0");
        cookie = cleared ? "" : header.substring(COOKIE.length()).replaceFirst(";.*", "");
    }
}
