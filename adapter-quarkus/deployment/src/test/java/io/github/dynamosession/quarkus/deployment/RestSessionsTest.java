// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A REST endpoint")
class RestSessionsTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClass(Visits.class))
            .overrideConfigKey("dynamosession.store", "memory");

    @Path("/visits")
    public static class Visits {
        @Inject
        RoutingContext routing;

        @GET
        public int count() {
            Integer former = routing.session().get("visits");
            int now = former == null ? 1 : former + 1;
            routing.session().put("visits", now);
            return now;
        }
    }

    @TestHTTPResource("/visits")
    URI visits;

    @Test
    @DisplayName("finds what the request before it has put into the session")
    void counts() throws Exception {
        HttpClient browser =
                HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
        HttpRequest request = HttpRequest.newBuilder(visits).build();
        for (int visit = 1; visit <= 3; visit++) {
            HttpResponse<String> response = browser.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(response.body()).isEqualTo(String.valueOf(visit));
        }
    }
}
