// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.dynamosession.it.oidc.Browser.Answer;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** What docs/quarkus-oidc.md says of Quarkus' own manager. */
@Tag("full")
@EnabledIfSystemProperty(named = "tests", matches = "full")
@DisplayName("With Quarkus' own token state manager, on two nodes,")
class StockTokensTest {
    @Test
    @DisplayName(
            "cookies hold the tokens, and of two parallel refreshes the provider refuses one, whose user is logged out")
    void stock() throws Exception {
        try (Provider provider = new Provider();
                DynamoDb dynamoDb = new DynamoDb()) {
            List<String> properties = Node.properties(provider, dynamoDb);
            try (Node a = Node.start("shop", "quarkus-app-stock", properties);
                    Node b = Node.start("shop", "quarkus-app-stock", properties)) {
                race(provider, a, b);
                large(provider, a, b);
            }
        }
    }

    private static void race(Provider provider, Node a, Node b) {
        provider.open();
        provider.knobs().idTokenLife = Duration.ofSeconds(2);
        Browser browser = new Browser(provider.port(), a, b);
        browser.logIn("alice", "/account");
        Instant over = Instant.now().plusSeconds(2);
        provider.knobs().idTokenLife = Duration.ofMinutes(5);
        await().until(() -> Instant.now().isAfter(over));
        System.out.println("Cookies of a login: " + browser.sizeOfLogin() + " bytes");
        assertThat(browser.sizeOfLogin()).isGreaterThan(1_000);
        provider.knobs().refreshes.set(0);
        provider.knobs().gate = new Semaphore(0);

        CompletableFuture<Answer> first =
                CompletableFuture.supplyAsync(() -> browser.copy(a).get("/account"));
        await().until(() -> provider.knobs().refreshes.get() == 1);
        Browser other = browser.copy(b);
        CompletableFuture<Answer> second = CompletableFuture.supplyAsync(() -> other.get("/account"));
        await().until(() -> provider.knobs().refreshes.get() == 2);
        provider.knobs().gate.release();
        CompletableFuture.anyOf(first, second).join();
        provider.knobs().gate.release();

        assertThat(List.of(first.join().status(), second.join().status())).containsExactlyInAnyOrder(200, 302);
    }

    private static void large(Provider provider, Node a, Node b) {
        provider.open();
        provider.knobs().padding = 20_000;
        Browser browser = new Browser(provider.port(), a, b);
        assertThat(browser.get(browser.authorize("alice", "/account")).status()).isEqualTo(302);
        System.out.println("Cookies of a login with tokens of 20 KB: " + browser.sizeOfLogin() + " bytes");
        assertThat(browser.sizeOfLogin()).isGreaterThan(20_000);
        assertThat(isRefused(browser)).isTrue();
        assertThat(isRefused(browser)).as("at the other node").isTrue();
    }

    /** More than the server takes of a request's headers: by HTTP/1.1 it says so, by HTTP/2 it closes the connection. */
    private static boolean isRefused(Browser browser) {
        try {
            return browser.get("/account").status() == 431;
        } catch (UncheckedIOException e) {
            return true;
        }
    }
}
