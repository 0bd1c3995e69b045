// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.micronaut.session.Session;
import io.micronaut.session.SessionStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@DisplayName("The store, as the framework and applications call it")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CheckListTest {
    private App app;
    private SessionStore<Session> store;

    @BeforeAll
    @SuppressWarnings("unchecked")
    void start() {
        app = App.start(App.newTable(), "micronaut.session.http.cookie-path", "/shop");
        store = app.context().getBean(SessionStore.class);
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private Session saved() {
        Session session = store.newSession();
        session.put("name", "Ada");
        Cart cart = new Cart();
        cart.add("tea");
        session.put("cart", cart);
        return store.save(session).join();
    }

    private Session found(String id) {
        return store.findSession(id).join().orElseThrow();
    }

    @Test
    @DisplayName("keeps what a session is and holds")
    void keeps() {
        Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        Session saved = saved();
        Session found = found(saved.getId());

        for (Session session : new Session[] {saved, found}) {
            assertThat(session.isExpired()).isFalse();
            assertThat(session.isNew()).isFalse();
            assertThat(session.getMaxInactiveInterval()).isEqualTo(Duration.ofMinutes(30));
            assertThat(session.getCreationTime()).isBetween(before, Instant.now());
            assertThat(session.get("name")).contains("Ada");
            assertThat(session.get("name", String.class)).contains("Ada");
            assertThat(session.get("cart").orElseThrow()).isInstanceOf(Cart.class);
            assertThat(session.get("cart", Cart.class).orElseThrow().skus()).containsExactly("tea");
            assertThat(session.contains("name")).isTrue();
            assertThat(session.values()).hasSize(2);
            assertThat(session.asMap()).containsOnlyKeys("name", "cart");
        }
        assertThat(found.getCreationTime()).isEqualTo(saved.getCreationTime());
    }

    @Test
    @DisplayName("saves what was removed, added and set, all together")
    void changes() {
        Session first = saved();
        Session session = found(first.getId());
        session.remove("name");
        session.put("more", "stuff");
        session.setMaxInactiveInterval(Duration.ofMinutes(10));
        assertThat(session.isModified()).isTrue();
        store.save(session).join();

        Session found = found(first.getId());

        assertThat(found.getMaxInactiveInterval()).isEqualTo(Duration.ofMinutes(10));
        assertThat(found.getCreationTime()).isEqualTo(first.getCreationTime());
        assertThat(found.names()).containsExactlyInAnyOrder("more", "cart");
        found.clear();
        store.save(found).join();
        assertThat(found(first.getId()).names()).isEmpty();
    }

    @Test
    @DisplayName("deletes, and a save does not bring the session back")
    void deletes() {
        Session session = saved();

        assertThat(store.deleteSession(session.getId()).join()).isTrue();

        assertThat(store.findSession(session.getId()).join()).isEmpty();
        session.put("name", "Zombie");
        assertThat(store.save(session).join().isExpired()).isTrue();
        assertThat(store.findSession(session.getId()).join()).isEmpty();
    }

    @Test
    @DisplayName("leaves the framework's settings of the cookie in force")
    void cookie() {
        assertThat(app.visitor()
                        .get("/shop/put/name/Ada")
                        .response()
                        .headers()
                        .firstValue("Set-Cookie")
                        .orElseThrow())
                .contains("Path=/shop");
    }

    @Test
    @DisplayName("refuses to write to a session that has ended, and reads nothing from it")
    void ended() {
        Session session = saved();
        DynamoSessions.invalidate(session);

        assertThat(session.names()).isEmpty();
        assertThat(session.get("name", String.class)).isEmpty();
        assertThatIllegalStateException().isThrownBy(() -> session.put("name", "Bob"));
        session.remove("name");
        session.clear();
        assertThat(store.save(session).join().isExpired()).isTrue();
        assertThat(store.findSession(session.getId()).join()).isEmpty();
    }
}
