// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.SessionHandler;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A client that comes back at once, to a store whose writes take 30 ms")
class LostSessionRaceTest {
    private static final int CLIENTS = 100;
    private static final int WRITE_MILLIS = 30;

    @Test
    @DisplayName("finds its session every time, with our handler")
    void ours() {
        TestStore store = new TestStore(false);
        try (Site site = new Site(store)) {
            site.router.route().handler(site.sessions);
            routes(site);
            site.start();
            assertThat(lost(site, store)).isZero();
        }
    }

    @Test
    @DisplayName("finds a new one every time, with the stock handler: what it put into the first is lost")
    void stock() {
        TestStore store = new TestStore(false);
        try (Site site = new Site(store)) {
            site.router.route().handler(SessionHandler.create(VertxSessionStore.create(site.vertx, site.manager)));
            routes(site);
            site.start(site.router);
            assertThat(lost(site, store)).isGreaterThan(CLIENTS / 2);
        }
    }

    private static void routes(Site site) {
        site.router.get("/put").handler(routing -> {
            routing.session().put("name", "value");
            routing.end("put");
        });
        site.router.get("/get").handler(LostSessionRaceTest::read);
    }

    private static void read(RoutingContext routing) {
        routing.end(String.valueOf(routing.session().<Object>get("name")));
    }

    private static int lost(Site site, TestStore store) {
        store.slow(WRITE_MILLIS);
        int lost = 0;
        for (int i = 0; i < CLIENTS; i++) {
            HttpResponse<String> first = site.get("/put", null);
            if (!site.get("/get", Site.cookie(first)).body().equals("value")) {
                lost++;
            }
        }
        System.out.println("lost " + lost + " of " + CLIENTS);
        return lost;
    }
}
