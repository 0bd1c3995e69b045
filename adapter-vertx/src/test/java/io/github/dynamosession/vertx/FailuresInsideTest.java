// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A failure of a session inside of a route")
class FailuresInsideTest {
    private final TestStore store = new TestStore(false);
    private final Site site = new Site(store);

    @AfterEach
    void close() {
        site.close();
    }

    private String app() {
        site.router.route().handler(site.sessions).failureHandler(DynamoSessionHandler.failureHandler());
        site.router.get("/put").handler(routing -> {
            routing.session().put("name", "Ada");
            routing.end();
        });
        site.router.get("/save").handler(routing -> {
            store.down(true);
            routing.session().put("name", "Bob");
            site.manager.saveAsync(DynamoSessionHandler.session(routing)).whenComplete((saved, failure) -> {
                store.down(false);
                routing.fail(new CompletionException(failure));
            });
        });
        site.router
                .get("/get")
                .handler(routing -> routing.end(String.valueOf(routing.session().<Object>get("name"))));
        site.router.get("/login").blockingHandler(routing -> {
            store.down(true);
            routing.session().put("name", "Bob");
            try {
                site.manager.changeId(DynamoSessionHandler.session(routing));
            } finally {
                store.down(false);
            }
        });
        site.router.get("/unstorable").handler(routing -> {
            List<Object> list = new ArrayList<>();
            DynamoSessionHandler.session(routing).set("list", list);
            list.add(new Object());
            site.manager.save(DynamoSessionHandler.session(routing));
        });
        site.router.get("/own").handler(routing -> {
            store.down(true);
            routing.session().put("name", "Bob");
            site.manager.saveAsync(DynamoSessionHandler.session(routing)).whenComplete((saved, failure) -> {
                store.down(false);
                routing.fail(418, failure);
            });
        });
        site.router.get("/other").handler(routing -> {
            throw new IllegalStateException("on purpose");
        });
        site.start();
        return Site.cookie(site.get("/put", null));
    }

    @Test
    @DisplayName(
            "is answered like one before the head: 503, when to come again, and nothing is stored if the store is back")
    void unavailable() {
        String cookie = app();
        for (String path : List.of("/save", "/login")) {
            HttpResponse<String> answer = site.get(path, cookie);
            assertThat(answer.statusCode()).as(path).isEqualTo(503);
            assertThat(answer.headers().firstValue("retry-after")).as(path).isPresent();
            assertThat(answer.headers().allValues("set-cookie")).as(path).isEmpty();
            assertThat(site.get("/get", cookie).body()).as(path).isEqualTo("Ada");
        }
    }

    @Test
    @DisplayName("reaches the application's failure handlers with that status")
    void handled() {
        site.router
                .route()
                .last()
                .failureHandler(routing -> routing.response()
                        .setStatusCode(routing.statusCode())
                        .end("sorry: " + routing.failure().getClass().getSimpleName()));
        String cookie = app();
        HttpResponse<String> answer = site.get("/login", cookie);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).isEqualTo("sorry: SessionStoreException");
    }

    @Test
    @DisplayName("stays what the application says it is, and other failures are not touched")
    void others() {
        String cookie = app();
        assertThat(site.get("/own", cookie).statusCode()).isEqualTo(418);
        assertThat(site.get("/other", cookie).statusCode()).isEqualTo(500);
        assertThat(site.get("/unstorable", cookie).statusCode()).isEqualTo(500);
    }
}
