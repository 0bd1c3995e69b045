// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.session.SessionStore;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@DisplayName("A Micronaut application with sessions in DynamoDB")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("jdk25")
class SessionBasicsTest {
    private App app;

    App start(Map<String, Object> properties) {
        return App.start(properties);
    }

    @BeforeAll
    void start() {
        app = start(App.properties(App.newTable(), "micronaut.server.locale-resolution.session-attribute", "locale"));
    }

    @AfterAll
    void stop() {
        app.close();
    }

    @Test
    @DisplayName("gets our store where it asks for Micronaut's")
    void replacesTheStoreInMemory() {
        assertThat(app.context().getBean(SessionStore.class)).isInstanceOf(MicronautSessionStore.class);
    }

    @Test
    @DisplayName("finds in one request what another one put")
    void keepsAttributes() {
        Visitor visitor = app.visitor();

        assertThat(visitor.text("/shop/get/name")).isEqualTo("none");
        visitor.text("/shop/put/name/Ada");

        assertThat(visitor.text("/shop/get/name")).isEqualTo("Ada");
        assertThat(visitor.text("/shop/names")).isEqualTo("[name]");
        visitor.text("/shop/remove/name");
        assertThat(visitor.text("/shop/names")).isEqualTo("[]");
    }

    @Test
    @DisplayName("sets the cookie when the session is stored, and not again")
    void setsTheCookieOnce() {
        Visitor visitor = app.visitor();

        Visitor.Reply first = visitor.get("/shop/put/name/Ada");
        assertThat(first.setCookie()).isNotEmpty();
        assertThat(first.response().headers().firstValue("Set-Cookie").orElseThrow())
                .contains("HTTPOnly")
                .contains("Path=/");
        assertThat(visitor.get("/shop/put/name/Bob").setCookie()).isNull();
        assertThat(visitor.get("/shop/get/name").setCookie()).isNull();
    }

    @Test
    @DisplayName("stores no session without attributes, and hands out no id for it")
    void storesNoEmptySession() {
        Visitor visitor = app.visitor();

        Visitor.Reply reply = visitor.get("/shop/empty");

        assertThat(reply.body()).isEqualTo("true");
        assertThat(reply.setCookie()).isNull();
        assertThat(reply.response().headers().firstValue("Authorization-Info")).isEmpty();
    }

    @Test
    @DisplayName("has no session where it asks for one that may be absent")
    void optionalSession() {
        Visitor visitor = app.visitor();

        assertThat(visitor.text("/shop/optional")).isEqualTo("no session");
        assertThat(visitor.text("/shop/value")).isEqualTo("none");
        visitor.text("/shop/put/name/Ada");
        assertThat(visitor.text("/shop/optional")).isEqualTo("a session");
        assertThat(visitor.text("/shop/value")).isEqualTo("Ada");
    }

    @Test
    @DisplayName("gets values converted to the type it asks for")
    void convertsValues() {
        Visitor visitor = app.visitor();

        assertThat(visitor.text("/shop/number")).isEqualTo("null");
        visitor.text("/shop/put/count/41");
        assertThat(visitor.text("/shop/number")).isEqualTo("41");
        assertThat(visitor.text("/shop/count")).isEqualTo("42");
        assertThat(visitor.text("/shop/get/count")).isEqualTo("42");
    }

    @Test
    @DisplayName("may return a value into the session")
    void returnsAValueIntoTheSession() {
        Visitor visitor = app.visitor();

        assertThat(visitor.get("/shop/made").setCookie()).isNotEmpty();
        assertThat(visitor.text("/shop/get/made")).isEqualTo("by the return value");
    }

    @Test
    @DisplayName("has an object saved that it fetched and changed in place")
    void savesWhatWasChangedInPlace() {
        Visitor visitor = app.visitor();
        visitor.text("/shop/cart/new");

        visitor.text("/shop/cart/tea");
        visitor.text("/shop/cart/cup");

        assertThat(visitor.text("/shop/cart")).isEqualTo("[tea, cup]");
    }

    @Test
    @DisplayName("keeps what a request stored whose controller failed afterwards")
    void savesDespiteFailures() {
        Visitor visitor = app.visitor();
        visitor.text("/shop/put/name/Ada");

        assertThat(visitor.get("/shop/fail").status()).isEqualTo(500);

        assertThat(visitor.text("/shop/get/before")).isEqualTo("failure");
    }

    @Test
    @DisplayName("takes the locale from the session where the framework is told so")
    void resolvesTheLocale() {
        Visitor visitor = app.visitor();

        visitor.text("/shop/locale/pt-BR");

        assertThat(visitor.text("/shop/locale")).isEqualTo("pt-BR");
    }

    @Test
    @DisplayName("gives the session another id on request, and takes the old one out of use")
    void changesTheId() {
        Visitor visitor = app.visitor();
        visitor.text("/shop/put/name/Ada");
        Visitor thief = visitor.at(app);

        Visitor.Reply reply = visitor.get("/shop/rotate");

        assertThat(reply.setCookie()).isNotEmpty().isNotEqualTo(thief.cookie());
        assertThat(visitor.text("/shop/get/name")).isEqualTo("Ada");
        assertThat(thief.text("/shop/get/name")).isEqualTo("none");
        assertThat(thief.get("/shop/put/name/Eve").setCookie()).isNull();
        assertThat(visitor.text("/shop/get/name")).isEqualTo("Ada");
    }

    @Test
    @DisplayName("ends the session on request: at once nothing is in it, and the cookie is cleared")
    void invalidates() {
        for (String path : new String[] {"/shop/invalidate", "/shop/delete", "/shop/idle/0"}) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            Visitor other = visitor.at(app);

            Visitor.Reply reply = visitor.get(path);

            assertThat(reply.status()).as(path).isEqualTo(200);
            assertThat(reply.setCookie()).as(path).isEmpty();
            assertThat(visitor.cookie()).isNull();
            assertThat(other.text("/shop/get/name")).as(path).isEqualTo("none");
        }
    }

    @Test
    @DisplayName("is told whether it deleted a session, of its own request or another one's")
    void deletes() {
        Visitor visitor = app.visitor();
        visitor.text("/shop/put/name/Ada");
        assertThat(visitor.text("/shop/delete")).isEqualTo("true none");

        visitor.text("/shop/put/name/Ada");
        SessionStore<?> store = app.context().getBean(SessionStore.class);
        String id = new String(java.util.Base64.getDecoder().decode(visitor.cookie()));
        assertThat(store.deleteSession(id).join()).isTrue();
        assertThat(store.deleteSession(id).join()).isFalse();
        assertThat(store.deleteSession("nonsense").join()).isFalse();
        assertThat(visitor.text("/shop/get/name")).isEqualTo("none");
    }
}
