// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.micronaut;

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
    private static final int MAX_DELAY = 60_000;

    /** Below DynamoDB's 400 KB with room for what is set later. */
    private static final int MAX_KB = 380;

    /** What a stored session of the demo takes beside the cart's JSON and the user's name. */
    private static final int FRAME = 340;

    private final Shop shop;

    MeasuringController(Shop shop) {
        this.shop = shop;
    }

    @Get("/none")
    String none(@QueryValue @Nullable String delay) {
        sleep(delay(delay));
        return "none";
    }

    @Get("/read")
    String read(Optional<Session> session, @QueryValue @Nullable String k, @QueryValue @Nullable String delay) {
        int millis = delay(delay);
        String answer = session.flatMap(found -> value(found, k)).orElse("");
        sleep(millis);
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
        int millis = delay(delay);
        Object before = session.get(k).orElse(null);
        if (v == null && before != null && !(before instanceof String)) {
            throw new IllegalArgumentException("the value of k is no number");
        }
        sleep(millis);
        if (v != null) {
            session.put(k, v);
            return v;
        }
        return shop.change(session, k, String.class, MeasuringController::plusOne);
    }

    private static String plusOne(Optional<String> before) {
        try {
            return Long.toString(before.map(Long::parseLong).orElse(0L) + 1);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the value of k is no number", e);
        }
    }

    @Get("/login")
    String login(Session session, @QueryValue @Nullable String user, @QueryValue @Nullable String kb) {
        String name = Shop.user(user == null ? "" : user);
        int size = number(kb, "kb", 1, 1, MAX_KB);
        session.put(Shop.CART, Cart.ofJsonSize(size * 1024 - FRAME - jsonLength(name)));
        Shop.login(session, name);
        return name;
    }

    private static int jsonLength(String user) {
        // An escape such as \\u0001 is the longest that a character can become.
        return user.codePoints()
                .map(c -> c < 0x20 || c == '"' || c == '\\' ? 6 : c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4)
                .sum();
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

    private static int delay(@Nullable String text) {
        return number(text, "delay", 0, 0, MAX_DELAY);
    }

    private static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int number(@Nullable String text, String name, int otherwise, int least, int most) {
        if (text == null || text.isEmpty()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(name + " wants a number from " + least + " to " + most);
    }
}
