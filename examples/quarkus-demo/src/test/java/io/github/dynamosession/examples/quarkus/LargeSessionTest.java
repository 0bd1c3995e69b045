// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(value = LocalDynamoDb.class, restrictToAnnotatedClass = true)
@DisplayName("A session of 5 MB in Quarkus")
class LargeSessionTest {
    @TestHTTPResource("/large/")
    URI pages;

    private final HttpClient browser =
            HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

    private HttpResponse<String> get(String page) throws IOException, InterruptedException {
        long start = System.nanoTime();
        HttpResponse<String> response =
                browser.send(HttpRequest.newBuilder(pages.resolve(page)).build(), HttpResponse.BodyHandlers.ofString());
        System.out.println("5 MB, Quarkus, " + page + ": " + (System.nanoTime() - start) / 1_000_000 + " ms");
        assertThat(response.statusCode()).isEqualTo(200);
        return response;
    }

    private static double units(HttpResponse<?> response, String kind) {
        return Double.parseDouble(
                response.headers().firstValue("X-Demo-" + kind + "-Units").orElseThrow());
    }

    @Test
    @DisplayName("is fetched on a worker, or by getAsync, and costs one unit where nobody asks for what is large")
    void fiveMegabytes() throws IOException, InterruptedException {
        assertThat(units(get("put"), "Write")).isBetween(5_000.0, 5_300.0);
        for (int i = 1; i <= 2; i++) {
            HttpResponse<String> counted = get("count");
            assertThat(counted.body()).isEqualTo(Integer.toString(i));
            assertThat(units(counted, "Read")).isEqualTo(1);
            assertThat(units(counted, "Write")).isEqualTo(1);
        }
        for (String page : new String[] {"get", "later"}) {
            HttpResponse<String> large = get(page);
            assertThat(large.body()).isEqualTo(LargePages.digest(LargePages.TEXT));
            assertThat(units(large, "Read")).isBetween(625.0, 665.0);
        }
    }
}
