// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.oidc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Somebody's browser; each request to the shop goes to the next of its nodes. Follows no redirect by itself. */
final class Browser {
    private static final Pattern CSRF = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]*)\"");

    private final HttpClient client = HttpClient.newHttpClient();
    private final int provider;
    private final List<Node> nodes;
    private final Map<String, String> cookies = new TreeMap<>();
    private final Map<String, String> cookiesOfProvider = new TreeMap<>();
    private int requests;

    Browser(int provider, Node... nodes) {
        this.provider = provider;
        this.nodes = List.of(nodes);
    }

    record Answer(int status, String body, List<String> cookies, String location, List<String> cost) {
        String user() {
            return body.split(" ")[0];
        }

        String token() {
            return body.split(" ")[1];
        }
    }

    /** Another browser with the same cookies, on some nodes. */
    Browser copy(Node... others) {
        Browser copy = new Browser(provider, others);
        copy.cookies.putAll(cookies);
        copy.cookiesOfProvider.putAll(cookiesOfProvider);
        return copy;
    }

    Map<String, String> cookies() {
        return cookies;
    }

    /** What the shop's cookies of logins make of each request. */
    int sizeOfLogin() {
        return cookies.entrySet().stream()
                .filter(cookie -> cookie.getKey().startsWith("q_session"))
                .mapToInt(cookie ->
                        cookie.getKey().length() + 1 + cookie.getValue().length())
                .sum();
    }

    Answer get(String path) {
        Node node = nodes.get(requests++ % nodes.size());
        return send(node.port(), cookies, path, HttpRequest.newBuilder().GET());
    }

    Answer post(String path, String form) {
        Node node = nodes.get(requests++ % nodes.size());
        return send(node.port(), cookies, path, form(form));
    }

    private static HttpRequest.Builder form(String form) {
        return HttpRequest.newBuilder()
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form));
    }

    /** From a page of the shop to the provider, and back to the page. */
    Answer logIn(String user, String page) {
        Answer back = get(authorize(user, page));
        if (back.status() != 302) {
            throw new AssertionError(back);
        }
        return get(back.location());
    }

    /** From a page of the shop to the provider, up to where that sends the browser. */
    String authorize(String user, String page) {
        Answer challenge = get(page);
        if (challenge.status() != 302) {
            throw new AssertionError(challenge);
        }
        Answer authorize = provider(challenge.location());
        if (authorize.location().startsWith("/login")) {
            Matcher csrf = CSRF.matcher(provider("/login").body());
            if (!csrf.find()) {
                throw new AssertionError("no form");
            }
            String form = "username=" + user + "&password=tea&_csrf="
                    + URLEncoder.encode(csrf.group(1), StandardCharsets.UTF_8);
            authorize = provider(
                    send(provider, cookiesOfProvider, "/login", form(form)).location());
        }
        return authorize.location();
    }

    Answer provider(String path) {
        return send(provider, cookiesOfProvider, path, HttpRequest.newBuilder().header("Accept", "text/html"));
    }

    private Answer send(int port, Map<String, String> jar, String path, HttpRequest.Builder request) {
        request.uri(URI.create("http://127.0.0.1:" + port + path));
        if (!jar.isEmpty()) {
            request.header(
                    "Cookie",
                    jar.entrySet().stream()
                            .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                            .collect(Collectors.joining("; ")));
        }
        HttpResponse<String> response;
        try {
            response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        List<String> set = response.headers().allValues("Set-Cookie");
        set.forEach(header -> keep(jar, header));
        String cost = response.headers().firstValue("X-Cost").orElse("");
        return new Answer(
                response.statusCode(),
                response.body(),
                set,
                response.headers().firstValue("Location").orElse("").replaceFirst("^https?://[^/]*", ""),
                cost.isEmpty() ? List.of() : List.of(cost.split(", ")));
    }

    private static void keep(Map<String, String> jar, String header) {
        String pair = header.split(";", 2)[0];
        int equals = pair.indexOf('=');
        String value = pair.substring(equals + 1);
        if (value.isEmpty() || header.toLowerCase(Locale.ROOT).contains("max-age=0;")) {
            jar.remove(pair.substring(0, equals));
        } else {
            jar.put(pair.substring(0, equals), value);
        }
    }
}
