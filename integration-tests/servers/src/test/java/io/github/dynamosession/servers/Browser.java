// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A browser in front of several nodes: keeps cookies by name and path, follows no redirects. */
final class Browser {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{43}");

    /** Of ids more than that is nobody's business. */
    private static final int TELLING = 10;

    private static final Set<String> IDS = ConcurrentHashMap.newKeySet();

    private final Map<Key, String> cookies = new LinkedHashMap<>();

    /** The beginnings of all session ids that servers have set. */
    static Stream<String> secrets() {
        return IDS.stream().map(id -> id.substring(0, TELLING));
    }

    private record Key(String name, String path) {}

    /** What came back. */
    record Answer(
            int status,
            String body,
            List<String> setCookies,
            @Nullable String location) {
        List<String> setCookies(String name) {
            return setCookies.stream()
                    .filter(header -> header.startsWith(name + "="))
                    .toList();
        }
    }

    @Nullable
    String cookie(String name) {
        return cookies.entrySet().stream()
                .filter(entry -> entry.getKey().name().equals(name))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    /** A browser with the same cookies. */
    Browser copy() {
        Browser copy = new Browser();
        copy.cookies.putAll(cookies);
        return copy;
    }

    Answer get(URI uri) {
        return exchange(HttpRequest.newBuilder(uri));
    }

    Answer post(URI uri, Map<String, String> form) {
        String body = form.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return exchange(HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private Answer exchange(HttpRequest.Builder request) {
        String path = request.copy().build().uri().getPath();
        String header = cookies.entrySet().stream()
                .filter(cookie -> path.equals(cookie.getKey().path())
                        || path.startsWith(cookie.getKey().path().replaceFirst("/?$", "/")))
                .map(cookie -> cookie.getKey().name() + "=" + cookie.getValue())
                .collect(Collectors.joining("; "));
        if (!header.isEmpty()) {
            request.header("Cookie", header);
        }
        try {
            HttpResponse<String> response = CLIENT.send(
                    request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            List<String> set = response.headers().allValues("Set-Cookie");
            set.forEach(this::keep);
            return new Answer(
                    response.statusCode(),
                    response.body(),
                    new ArrayList<>(set),
                    response.headers().firstValue("Location").orElse(null));
        } catch (IOException e) {
            throw new IllegalStateException("no answer to " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void keep(String header) {
        String pair = header.split(";", 2)[0];
        String path = "/";
        for (String attribute : header.split(";")) {
            if (attribute.strip().toLowerCase(Locale.ROOT).startsWith("path=")) {
                path = attribute.strip().substring("path=".length()).replace("\"", "");
            }
        }
        Key key = new Key(pair.substring(0, pair.indexOf('=')), path);
        String value = pair.substring(pair.indexOf('=') + 1).replace("\"", "");
        String lower = header.toLowerCase(Locale.ROOT);
        if (value.isEmpty() || lower.contains("max-age=0") || lower.contains("1970")) {
            cookies.remove(key);
        } else {
            cookies.put(key, value);
            if (ID.matcher(value).matches()) {
                IDS.add(value);
            }
        }
    }
}
