// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.session.Session;
import io.micronaut.session.SessionStore;
import io.micronaut.session.annotation.SessionValue;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** What the tests ask for. */
@Controller(value = "/shop", produces = MediaType.TEXT_PLAIN)
@Requires(property = "spec.shop", notEquals = "false")
class ShopController {
    /** Requests that wait until a test lets them go, by name. */
    static final ConcurrentHashMap<String, CountDownLatch> ARRIVED = new ConcurrentHashMap<>();

    static final ConcurrentHashMap<String, CompletableFuture<String>> GATES = new ConcurrentHashMap<>();

    private final SessionStore<Session> store;

    ShopController(SessionStore<Session> store) {
        this.store = store;
    }

    @Get("/nothing")
    String nothing() {
        return "nothing";
    }

    @Get("/empty")
    String empty(Session session) {
        return String.valueOf(session.isNew());
    }

    @Get("/put/{name}/{value}")
    String put(Session session, String name, String value) {
        session.put(name, value);
        return "put";
    }

    @Get("/get/{name}")
    String get(Session session, String name) {
        return session.get(name, String.class).orElse("none");
    }

    @Get("/fill/{bytes}")
    String fill(Session session, int bytes) {
        byte[] random = new byte[bytes];
        new Random(bytes).nextBytes(random);
        String large = Base64.getEncoder().encodeToString(random);
        session.put("large", large);
        return large.length() + " " + large.hashCode();
    }

    @Get("/large")
    String large(Session session) {
        String large = session.get("large", String.class).orElse("none");
        return large.length() + " " + large.hashCode();
    }

    @Get("/names")
    String names(Session session) {
        return session.names().stream().sorted().toList().toString();
    }

    @Get("/remove/{name}")
    String remove(Session session, String name) {
        session.remove(name);
        return "removed";
    }

    @Get("/optional")
    String optional(Optional<Session> session) {
        return session.map(found -> "a session").orElse("no session");
    }

    @Get("/count")
    String count(Session session) {
        int count = session.get("count", Integer.class).orElse(0) + 1;
        session.put("count", count);
        return String.valueOf(count);
    }

    @Get("/compute")
    String compute(Session session) {
        return DynamoSessions.session(session)
                .compute("clicks", Integer.class, n -> n.orElse(0) + 1)
                .map(String::valueOf)
                .orElse("");
    }

    @Get("/value")
    String value(@SessionValue("name") Optional<String> name) {
        return name.orElse("none");
    }

    @Get("/number")
    String number(@SessionValue("count") @Nullable Long count) {
        return String.valueOf(count);
    }

    @Get("/made")
    @SessionValue("made")
    String made() {
        return "by the return value";
    }

    @Get("/cart")
    String cart(@SessionValue("cart") @Nullable Cart cart) {
        return cart == null ? "none" : cart.skus().toString();
    }

    @Get("/cart/new")
    String newCart(Session session) {
        session.put("cart", new Cart());
        return "new";
    }

    @Get("/cart/{sku}")
    String add(@SessionValue("cart") Cart cart, String sku) {
        cart.add(sku);
        return "added";
    }

    @Get("/wait/{gate}/{name}/{value}")
    CompletableFuture<String> wait(Session session, String gate, String name, String value) {
        session.get(name);
        ARRIVED.get(gate).countDown();
        return GATES.get(gate).thenApply(opened -> {
            if (!value.equals("-")) {
                session.put(name, value);
            }
            return opened;
        });
    }

    @Get("/fail")
    String fail(Session session) {
        session.put("before", "failure");
        throw new IllegalArgumentException("on purpose");
    }

    @Get("/rotate")
    String rotate(Session session) {
        DynamoSessions.changeId(session);
        return "rotated";
    }

    @Get("/invalidate")
    String invalidate(Session session) {
        DynamoSessions.invalidate(session);
        return session.get("name", String.class).orElse("none");
    }

    @Get("/delete")
    CompletableFuture<String> delete(Session session) {
        return store.deleteSession(session.getId())
                .thenApply(deleted ->
                        deleted + " " + session.get("name", String.class).orElse("none"));
    }

    @Get("/idle/{seconds}")
    String idle(Session session, int seconds) {
        session.setMaxInactiveInterval(Duration.ofSeconds(seconds));
        return session.getMaxInactiveInterval().toString();
    }

    @Get("/locale")
    String locale(Locale locale) {
        return locale.toLanguageTag();
    }

    @Get("/locale/{tag}")
    String locale(Session session, String tag) {
        session.put("locale", Locale.forLanguageTag(tag));
        return "put";
    }

    @Get("/thread")
    String thread(Session session) {
        return Thread.currentThread().getName();
    }
}
