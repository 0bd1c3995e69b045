// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.micronaut;

import io.github.dynamosession.examples.servlet.Shop;
import io.github.dynamosession.micronaut.DynamoSessions;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Error;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.session.Session;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Plain GET requests with plain answers, for measuring: docs/demo.md. */
@Controller(produces = "text/plain;charset=utf-8")
@ExecuteOn(TaskExecutors.BLOCKING)
final class MeasuringController {
    private final ShopSessions sessions;

    MeasuringController(ShopSessions sessions) {
        this.sessions = sessions;
    }

    @Get("/none")
    String none(@QueryValue @Nullable String delay) {
        Shop.sleep(Shop.delay(delay));
        return "none";
    }

    @Get("/read")
    String read(Optional<Session> session, @QueryValue @Nullable String k, @QueryValue @Nullable String delay) {
        int millis = Shop.delay(delay);
        String answer = session.flatMap(found -> value(found, k)).orElse("");
        Shop.sleep(millis);
        return answer;
    }

    private static Optional<String> value(Session session, @Nullable String key) {
        Optional<String> name =
                Optional.ofNullable(key).or(() -> session.names().stream().findFirst());
        return name.flatMap(session::get).map(Object::toString);
    }

    /**
     * Without a value the count is exact: each request adds one to what is stored at its save. With a
     * value the last writer wins, as {@code put} has it.
     */
    @Get("/change")
    String change(
            Session session,
            @QueryValue(defaultValue = "counter") String k,
            @QueryValue @Nullable String v,
            @QueryValue @Nullable String delay) {
        int millis = Shop.delay(delay);
        Object before = session.get(k).orElse(null);
        if (v == null && before != null && !(before instanceof String)) {
            throw new IllegalArgumentException("the value of k is no number");
        }
        Shop.sleep(millis);
        if (v != null) {
            session.put(k, v);
            return v;
        }
        return sessions.change(session, k, String.class, Shop::plusOne);
    }

    @Get("/login")
    String login(Session session, @QueryValue @Nullable String user, @QueryValue @Nullable String kb) {
        String name = Shop.user(user);
        session.put(Shop.CART, Shop.cart(name, kb));
        ShopSessions.login(session, name);
        return name;
    }

    @Get("/logout")
    String logout(Optional<Session> session) {
        session.ifPresent(DynamoSessions::invalidate);
        return "bye";
    }

    @Get("/who")
    String who(Optional<Session> session) {
        return session.flatMap(found -> found.get(Shop.USER, String.class)).orElse("nobody");
    }

    @Error
    HttpResponse<String> refuse(IllegalArgumentException e) {
        return HttpResponse.badRequest(String.valueOf(e.getMessage()));
    }
}
