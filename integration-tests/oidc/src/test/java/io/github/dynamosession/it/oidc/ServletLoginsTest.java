// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import software.amazon.awssdk.core.util.VersionInfo;

@Tag("full")
@EnabledIfSystemProperty(named = "tests", matches = "full")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName("On servlets, with the client of the Amazon Services extension, a login by OpenID Connect")
class ServletLoginsTest {
    private static final String SESSION = "JSESSIONID";

    private DynamoDb dynamoDb;
    private Provider provider;
    private Node a;
    private Node b;
    private Browser browser;

    @BeforeAll
    void start() throws Exception {
        provider = new Provider();
        dynamoDb = new DynamoDb();
        List<String> properties = Node.properties(
                provider,
                "quarkus.dynamodb.endpoint-override=" + dynamoDb.endpoint(),
                "quarkus.dynamodb.aws.region=eu-central-1",
                "quarkus.http.auth.permission.routes.paths=/pages/account,/pages/leave,/pages/leave-everywhere");
        a = Node.start("shop-servlets", "quarkus-app", properties);
        b = Node.start("shop-servlets", "quarkus-app", properties);
    }

    @AfterAll
    void stop() {
        a.close();
        b.close();
        provider.close();
        dynamoDb.close();
    }

    @BeforeEach
    void open() {
        provider.open();
        browser = new Browser(provider.port(), a, b);
    }

    @Test
    @DisplayName("gives the session another id, and keeps what is in it")
    void session() {
        browser.get("/pages/buy");
        String visitor = browser.cookies().get(SESSION);

        assertThat(browser.logIn("alice", "/pages/account").body()).isEqualTo("alice tea");

        assertThat(browser.cookies().get(SESSION)).isNotEqualTo(visitor);
        assertThat(browser.get("/pages/account").body()).isEqualTo("alice tea");
        assertThat(browser.sizeOfLogin()).isLessThan(128);
        browser.cookies().put(SESSION, visitor);
        assertThat(browser.get("/pages/cart").body()).isEqualTo("nothing");
    }

    @Test
    @DisplayName("is over after a logout by a servlet, with the session, also for who has kept the cookies")
    void logout() {
        assertIsOverAfter("/pages/leave");
    }

    @Test
    @DisplayName("is over after a logout that goes on at the provider, with the session")
    void logoutAtProvider() {
        assertIsOverAfter("/logout");
    }

    private void assertIsOverAfter(String logout) {
        browser.get("/pages/buy");
        browser.logIn("alice", "/pages/account");
        Browser copy = browser.copy(b, a);

        browser.get(logout);

        assertThat(browser.sizeOfLogin()).isZero();
        assertThat(browser.cookies()).doesNotContainKey(SESSION);
        assertThat(copy.get("/pages/account").status()).isEqualTo(302);
        assertThat(copy.get("/pages/cart").body()).isEqualTo("nothing");
    }

    @Test
    @DisplayName("is over in all browsers at once, with their sessions")
    void everywhere() {
        Browser other = new Browser(provider.port(), b, a);
        other.get("/pages/buy");
        other.logIn("bob", "/pages/account");
        browser.logIn("bob", "/pages/account");

        await().untilAsserted(() -> {
            browser.get("/pages/leave-everywhere");
            assertThat(browser.get("/pages/account").status()).isEqualTo(302);
            assertThat(other.get("/pages/account").status()).isEqualTo(302);
        });

        assertThat(other.get("/pages/cart").body()).isEqualTo("nothing");
    }

    @Test
    @DisplayName("that the provider ended through the back channel leaves the session, and nobody else gets to see it")
    void backChannel() {
        browser.get("/pages/buy");
        browser.logIn("carol", "/pages/account");
        new Browser(provider.port(), a).post("/back-channel", "logout_token=" + provider.logoutToken("carol"));

        assertThat(browser.copy(a).get("/pages/account").status()).isEqualTo(302);
        assertThat(browser.copy(b).get("/pages/account").status()).isEqualTo(302);

        Browser other = new Browser(provider.port(), b);
        other.cookies().put(SESSION, browser.cookies().get(SESSION));
        assertThat(other.get("/pages/cart").body()).isEqualTo("tea");
        assertThat(other.logIn("alice", "/pages/account").body()).isEqualTo("alice nothing");
    }

    @Test
    @DisplayName("is stored by that client, in the version of the SDK that the extension brings")
    void client() {
        browser.logIn("alice", "/pages/account");

        assertThat(dynamoDb.clients())
                .isNotEmpty()
                .allSatisfy(client -> assertThat(client)
                        .contains("UrlConnection")
                        .startsWith("aws-sdk-java/")
                        .doesNotContain("aws-sdk-java/" + VersionInfo.SDK_VERSION));
    }
}
