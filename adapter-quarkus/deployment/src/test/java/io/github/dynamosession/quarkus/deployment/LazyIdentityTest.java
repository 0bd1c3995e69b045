// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("With lazy authentication")
class LazyIdentityTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClasses(Members.class, Members.Shop.class)
                    .addClasses(Members.Passwords.class, Members.Cookies.class)
                    .addClasses(Browser.class, CountingStore.class, CountingStore.Beans.class))
            .overrideConfigKey("quarkus.http.auth.proactive", "false")
            .overrideConfigKey("quarkus.http.auth.basic", "true");

    @TestHTTPResource("/")
    URI shop;

    @Inject
    CountingStore store;

    private Browser browser;

    @BeforeEach
    void open() {
        browser = new Browser(shop);
        browser.get("buy");
        store.calls();
    }

    private HttpResponse<String> as(String user, String path) {
        String credentials = Base64.getEncoder().encodeToString((user + ":open").getBytes(StandardCharsets.UTF_8));
        return browser.send(HttpRequest.newBuilder(shop.resolve(path)).header("Authorization", "Basic " + credentials));
    }

    @Test
    @DisplayName("a request whose user nobody has asked for changes nothing")
    void notAsked() {
        String visitor = browser.id();

        assertThat(as("alice", "cart").body()).isEqualTo("apples");

        assertThat(store.calls()).containsExactly("find");
        assertThat(browser.id()).isEqualTo(visitor);
    }

    @Test
    @DisplayName("the first request whose user was asked for changes the id")
    void asked() {
        String visitor = browser.id();

        assertThat(as("alice", "mine").body()).isEqualTo("alice:apples");

        assertThat(store.calls()).containsExactly("find", "changeKey");
        assertThat(browser.id()).isNotEqualTo(visitor);
        assertThat(as("alice", "mine").body()).isEqualTo("alice:apples");
        assertThat(store.calls()).containsExactly("find");
    }

    @Test
    @DisplayName("somebody else's session is ended before the application sees it")
    void somebodyElse() {
        as("alice", "mine");
        store.calls();

        assertThat(as("bob", "mine").body()).isEqualTo("bob:null");
        assertThat(store.calls()).containsExactly("find", "delete");
    }
}
