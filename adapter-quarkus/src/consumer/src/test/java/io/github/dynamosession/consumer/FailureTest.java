// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@TestProfile(FailureTest.Down.class)
class FailureTest {
    public static class Down implements QuarkusTestProfile {
        @Override
        public Set<Class<?>> getEnabledAlternatives() {
            return Set.of(FailingStore.class);
        }
    }

    @TestHTTPResource("/")
    URI base;

    @ParameterizedTest
    @ValueSource(strings = {"/blocking", "/event-loop", "/uni", "/multi", "/large", "/route", "/exact"})
    @DisplayName("A save that fails is answered with 503, and nothing of the answer was sent")
    void unavailable(String path) throws Exception {
        Site site = new Site(base, HttpClient.Version.HTTP_1_1);
        assertThat(site.get("/blocking").statusCode()).as("a new session").isEqualTo(200);
        assertThat(site.get(path).statusCode()).isEqualTo(503);
        assertThat(site.text("/read")).isEqualTo("1");
    }
}
