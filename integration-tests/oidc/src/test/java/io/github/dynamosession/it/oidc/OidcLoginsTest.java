// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.dynamosession.it.oidc.Browser.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName("A login by OpenID Connect, on two Quarkus nodes without affinity,")
class OidcLoginsTest {

    private static final String SESSION = "vertx-web.session";

    private DynamoDb dynamoDb;
    private Provider provider;
    private Node a;
    private Node b;
    private Browser browser;

    @BeforeAll
    void start() throws Exception {
        provider = new Provider();
        dynamoDb = new DynamoDb();
        List<String> properties = Node.properties(provider, dynamoDb);
        a = Node.start("shop", "quarkus-app", properties);
        b = Node.start("shop", "quarkus-app", properties);
    }

    @AfterAll
    void stop() {
        Stream.of(a, b, provider, dynamoDb).forEach(OidcLoginsTest::close);
    }

    private static void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void open() {
        provider.open();
        browser = new Browser(provider.port(), a, b);
    }

    @Test
    @DisplayName("is begun on one and ended on the other; both know the user by a cookie that holds an id")
    void login() {
        Answer back = browser.get(browser.authorize("alice", "/account"));
        assertThat(back.cost()).containsExactly("create 0.0+4.0");

        for (int i = 0; i < 4; i++) {
            Answer account = browser.get("/account");
            assertThat(account.user()).isEqualTo("alice");
            assertThat(account.cost()).containsExactly("find 1.0+0.0");
            assertThat(account.cookies()).isEmpty();
        }
        assertThat(browser.get("/route/account").body()).isEqualTo("alice null");
        assertThat(browser.cookies().get("q_session")).matches("[A-Za-z0-9_-]{43}\\.[A-Za-z0-9_-]{43}~0");
        assertThat(browser.sizeOfLogin()).isLessThan(128);
    }

    @Test
    @DisplayName("costs nobody anything who has none")
    void anonymous() {
        assertThat(browser.get("/welcome").cost()).isEmpty();
        assertThat(browser.get("/account").cost()).isEmpty();
        browser.cookies().clear();
        browser.cookies().put("q_session", "forged~0");
        assertThat(browser.get("/welcome").cost()).isEmpty();
    }

    @Test
    @DisplayName("gives the session beside it another id, and keeps what is in it")
    void session() {
        browser.get("/buy");
        String visitor = browser.cookies().get(SESSION);

        browser.logIn("alice", "/account");

        String member = browser.cookies().get(SESSION);
        assertThat(member).isNotEqualTo(visitor);
        assertThat(browser.get("/cart").body()).isEqualTo("tea");
        assertThat(browser.get("/route/account").body()).isEqualTo("alice tea");
        browser.cookies().put(SESSION, visitor);
        assertThat(browser.get("/cart").body()).isEqualTo("nothing");
    }

    @Test
    @DisplayName("is over after a logout, with the session, also for who has kept the cookies")
    void logout() {
        browser.get("/buy");
        browser.logIn("alice", "/account");
        Browser copy = browser.copy(b, a);

        assertThat(browser.get("/route/account").cost()).containsExactly("find 1.0+0.0", "find 1.0+0.0");
        Answer left = browser.get("/leave");

        assertThat(left.body()).isEqualTo("bye");
        assertThat(left.cost()).containsExactly("find 1.0+0.0", "find 1.0+0.0", "delete 0.0+4.0", "delete 0.0+2.0");
        assertThat(browser.sizeOfLogin()).isZero();
        assertThat(browser.cookies()).doesNotContainKey(SESSION);
        assertThat(copy.get("/account").status()).isEqualTo(302);
        assertThat(copy.get("/cart").body()).isEqualTo("nothing");
    }

    @Test
    @DisplayName("is over after a logout that goes on at the provider")
    void logoutAtProvider() {
        browser.logIn("alice", "/account");
        Browser copy = browser.copy(b);

        Answer left = browser.get("/logout");

        assertThat(left.cost()).containsExactly("find 1.0+0.0", "delete 0.0+4.0");
        assertThat(left.location()).startsWith("/connect/logout?id_token_hint=");
        assertThat(browser.sizeOfLogin()).isZero();
        assertThat(copy.get("/account").status()).isEqualTo(302);
        assertThat(browser.provider(left.location()).location()).startsWith("/welcome");
    }

    @Test
    @DisplayName("is over in all browsers at once, and nobody else's is")
    void everywhere() {
        Browser other = new Browser(provider.port(), b, a);
        Browser carols = new Browser(provider.port(), b, a);
        browser.get("/buy");
        browser.logIn("bob", "/account");
        other.logIn("bob", "/account");
        carols.logIn("carol", "/account");

        await().untilAsserted(() -> {
            browser.get("/leave-everywhere");
            assertThat(other.get("/account").status()).isEqualTo(302);
            assertThat(browser.get("/account").status()).isEqualTo(302);
        });

        assertThat(browser.get("/cart").body()).isEqualTo("nothing");
        assertThat(carols.get("/account").user()).isEqualTo("carol");
    }

    @Test
    @DisplayName("is one tenant's: its cookie is nothing to another")
    void tenants() {
        assertThat(browser.logIn("bob", "/office/account").user()).isEqualTo("bob");
        Answer account = browser.get("/office/account");
        assertThat(account.user()).isEqualTo("bob");
        assertThat(account.cost()).containsExactly("find 1.0+0.0");

        Browser confused = new Browser(provider.port(), a, b);
        confused.cookies().put("q_session", browser.cookies().get("q_session_office"));
        assertThat(confused.get("/account").status()).isEqualTo(302);
        assertThat(browser.get("/office/account").user()).isEqualTo("bob");
    }

    @Test
    @DisplayName("with tokens of 20 KB has the same cookie")
    void large() {
        provider.knobs().padding = 20_000;
        assertThat(browser.logIn("alice", "/account").token()).hasSizeGreaterThan(20_000);

        assertThat(browser.sizeOfLogin()).isLessThan(128);
        Answer account = browser.get("/account");
        assertThat(account.token()).hasSizeGreaterThan(20_000);
        assertThat(account.cost()).containsExactly("find 6.0+0.0");
    }

    /** A login whose ID token is over. */
    private Answer over(String user) {
        provider.knobs().idTokenLife = Duration.ofSeconds(2);
        Answer account = browser.logIn(user, "/account");
        Instant over = Instant.now().plusSeconds(2);
        provider.knobs().idTokenLife = Duration.ofMinutes(5);
        await().pollInterval(Duration.ofMillis(20)).until(() -> Instant.now().isAfter(over));
        provider.knobs().refreshes.set(0);
        return account;
    }

    private static int operations(Node node) {
        return Integer.parseInt(new Browser(0, node).get("/operations").body());
    }

    @Test
    @DisplayName(
            "is refreshed by one of two requests at once; the other waits for the new tokens, and nobody is logged out")
    void race() {
        String former = over("alice").token();
        Browser first = browser.copy(a);
        Browser second = browser.copy(b);
        provider.knobs().gate = new Semaphore(0);

        CompletableFuture<Answer> one = CompletableFuture.supplyAsync(() -> first.get("/account"));
        await().until(() -> provider.knobs().refreshes.get() == 1);
        int asked = operations(b);
        CompletableFuture<Answer> other = CompletableFuture.supplyAsync(() -> second.get("/account"));
        await().until(() ->
                operations(b) >= asked + 4 || provider.knobs().refreshes.get() > 1);
        provider.knobs().gate.release();

        assertThat(one.join().user()).isEqualTo("alice");
        assertThat(one.join().token()).isNotEqualTo(former);
        assertThat(other.join().body()).isEqualTo(one.join().body());
        assertThat(provider.knobs().refreshes).hasValue(1);
        assertThat(one.join().cost()).containsExactly("find 1.0+0.0", "update 0.0+3.0", "update 0.0+3.0");
        assertThat(first.cookies().get("q_session")).endsWith("~1");
        assertThat(second.cookies().get("q_session")).endsWith("~1");
        // Its answer was lost.
        assertThat(browser.get("/account").body()).isEqualTo(one.join().body());
        assertThat(browser.cookies()).isEqualTo(first.cookies());
        assertThat(browser.get("/account").cookies()).isEmpty();
        assertThat(provider.knobs().refreshes).hasValue(1);
    }

    @Test
    @DisplayName("ends when the provider refuses to refresh it, because the refresh token was revoked")
    void revoked() {
        over("alice");
        provider.revokeAll();

        endsWithTheRefresh();
    }

    @Test
    @DisplayName("ends when the provider refuses to refresh it, because the refresh token is over, too")
    void expired() {
        provider.refreshTokenLife(Duration.ofSeconds(1));
        over("alice");

        endsWithTheRefresh();

        assertThat(browser.logIn("alice", "/account").user()).isEqualTo("alice");
    }

    private void endsWithTheRefresh() {
        Browser copy = browser.copy(b);

        assertThat(browser.get("/account").location()).startsWith("/oauth2/authorize");
        assertThat(provider.knobs().refreshes).hasValue(1);
        assertThat(browser.sizeOfLogin()).isZero();
        assertThat(copy.get("/account").cost()).containsExactly("find 1.0+0.0");
        assertThat(provider.knobs().refreshes).hasValue(1);
    }

    @Test
    @DisplayName("outlives a provider that does not answer: requests are answered with 503, and few of them ask it")
    void down() {
        over("alice");
        provider.knobs().down = true;
        Answer first = browser.get("/account");
        Answer second = browser.get("/account");
        provider.knobs().down = false;

        assertThat(first.status()).isEqualTo(503);
        assertThat(second.status()).isEqualTo(503);
        assertThat(first.cookies()).isEmpty();
        assertThat(provider.knobs().refreshes).hasValue(1);
        await().untilAsserted(() -> assertThat(browser.get("/account").status()).isEqualTo(200));
        assertThat(browser.get("/account").user()).isEqualTo("alice");
    }

    @Test
    @DisplayName("that has lapsed and is not refreshed leads to the provider and back, and the session stays")
    void lapsed() {
        browser.get("/buy");
        provider.knobs().idTokenLife = Duration.ofSeconds(1);
        browser.logIn("alice", "/office/account");
        provider.knobs().idTokenLife = Duration.ofMinutes(5);
        await().until(() -> browser.copy(a).get("/office/account").status() == 302);

        assertThat(browser.logIn("alice", "/office/account").user()).isEqualTo("alice");
        assertThat(browser.get("/cart").body()).isEqualTo("tea");
    }

    @Test
    @DisplayName(
            "outlives a store that does not answer: requests are answered with 503, and the browser keeps its cookie")
    void storeDown() {
        browser.logIn("alice", "/account");
        dynamoDb.down(true);
        Answer account = browser.get("/account");
        Answer left = browser.get("/leave");
        dynamoDb.down(false);

        assertThat(account.status()).isEqualTo(503);
        assertThat(account.cookies()).isEmpty();
        assertThat(left.status()).isEqualTo(503);
        assertThat(left.cookies()).isEmpty();
        assertThat(browser.get("/account").user()).isEqualTo("alice");
    }

    @Test
    @DisplayName("does not happen when the store does not answer, which is said with 503")
    void loginWithoutStore() {
        String back = browser.authorize("alice", "/account");
        dynamoDb.down(true);
        Answer answer = browser.get(back);
        dynamoDb.down(false);

        assertThat(answer.status()).isEqualTo(503);
        assertThat(browser.sizeOfLogin()).isZero();
        assertThat(browser.logIn("alice", "/account").user()).isEqualTo("alice");
    }

    @Test
    @DisplayName(
            "that the provider ends through the back channel is over with the next request to the node that it told")
    void backChannel() {
        browser.logIn("carol", "/account");
        Browser copy = browser.copy(b);
        assertThat(new Browser(provider.port(), a)
                        .post("/back-channel", "logout_token=" + provider.logoutToken("carol")))
                .extracting(Answer::status)
                .isEqualTo(200);

        assertThat(browser.copy(a).get("/account").status()).isEqualTo(302);
        assertThat(copy.get("/account").status()).isEqualTo(302);
    }
}
