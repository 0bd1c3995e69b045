// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.spi.SessionStore;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds with each store. */
abstract class VisitsTests {
    private static final int CLIENTS = 4;
    private static final int CLICKS = 5;

    @TestHTTPResource("/")
    URI base;

    @Inject
    SessionManager sessions;

    private Site site() {
        return new Site(base, HttpClient.Version.HTTP_1_1);
    }

    SessionStore store() {
        return sessions.store();
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    @DisplayName("A session is found again however the application answers: REST, reactive, routes, streams")
    void counts(HttpClient.Version version) throws Exception {
        Site site = new Site(base, version);
        assertThat(site.get("/read").headers().firstValue("set-cookie")).isEmpty();
        assertThat(site.text("/blocking")).isEqualTo("1");
        assertThat(site.text("/event-loop")).isEqualTo("2");
        assertThat(site.text("/uni")).isEqualTo("3");
        assertThat(site.text("/route")).isEqualTo("4");
        assertThat(site.text("/multi")).isEqualTo("v=5");
        assertThat(site.get("/large").body()).hasSize(300_000);
        assertThat(site.text("/exact")).isEqualTo("7");
        HttpResponse<byte[]> last = site.get("/read");
        assertThat(new String(last.body(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("7");
        assertThat(last.version()).isEqualTo(version);
    }

    @Test
    @DisplayName("A login changes the id, a logout ends the session and clears the cookie")
    void ids() throws Exception {
        Site site = site();
        site.text("/blocking");
        String former = site.cookie();
        site.text("/login");
        assertThat(site.cookie()).isNotEqualTo(former);
        assertThat(sessions.open(former)).satisfies(found -> assertThat(
                        found.map(io.github.dynamosession.Session::isDetached).orElse(true))
                .isTrue());
        assertThat(site.text("/read")).isEqualTo("1");
        String current = site.cookie();
        site.text("/logout");
        assertThat(site.cookies.getCookieStore().getCookies()).isEmpty();
        assertThat(sessions.open(current)).isEqualTo(Optional.empty());
    }

    @Test
    @DisplayName("Clicks at once are counted once each")
    void exact() throws Exception {
        Site site = site();
        site.text("/blocking");
        List<Callable<String>> clicks = new ArrayList<>();
        for (int click = 0; click < CLIENTS * CLICKS; click++) {
            clicks.add(() -> site.text("/exact"));
        }
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            for (Future<String> click : clients.invokeAll(clicks)) {
                click.get();
            }
        } finally {
            clients.shutdown();
        }
        assertThat(site.text("/read")).isEqualTo(String.valueOf(1 + CLIENTS * CLICKS));
    }
}
