// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.consumer;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** A browser at the application. */
final class Site {
    final CookieManager cookies = new CookieManager();
    private final HttpClient browser;
    private final URI base;

    Site(URI base, HttpClient.Version version) {
        this.base = base;
        this.browser =
                HttpClient.newBuilder().cookieHandler(cookies).version(version).build();
    }

    HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        return browser.send(
                HttpRequest.newBuilder(base.resolve(path)).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    String text(String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = get(path);
        if (response.statusCode() != 200) {
            throw new AssertionError(path + " answered " + response.statusCode());
        }
        return new String(response.body(), java.nio.charset.StandardCharsets.UTF_8);
    }

    String cookie() {
        return cookies.getCookieStore().getCookies().get(0).getValue();
    }
}
