// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.inject.Inject;
import java.net.HttpCookie;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("When the identity of a session changes")
class IdentityTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClasses(Members.class, Members.Shop.class)
                    .addClasses(Members.Passwords.class, Members.Cookies.class)
                    .addClasses(Browser.class, CountingStore.class, CountingStore.Beans.class))
            .overrideConfigKey("quarkus.http.auth.form.enabled", "true")
            .overrideConfigKey("quarkus.http.auth.form.landing-page", "")
            .overrideConfigKey("quarkus.http.auth.form.login-page", "")
            .overrideConfigKey("quarkus.http.auth.form.error-page", "")
            .overrideConfigKey("quarkus.http.auth.session.encryption-key", "any-key-of-sixteen-characters")
            .overrideConfigKey("quarkus.http.auth.basic", "true");

    @TestHTTPResource("/")
    URI shop;

    @Inject
    CountingStore store;

    private Browser browser;

    @BeforeEach
    void open() {
        browser = new Browser(shop);
        store.calls();
    }

    private static HttpRequest.Builder loginAs(URI shop, String user) {
        return HttpRequest.newBuilder(shop.resolve("j_security_check"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("j_username=" + user + "&j_password=open"));
    }

    private HttpResponse<String> login(String user) {
        return browser.send(loginAs(shop, user));
    }

    private HttpRequest.Builder basic(String path, String user) {
        String credentials = Base64.getEncoder().encodeToString((user + ":open").getBytes(StandardCharsets.UTF_8));
        return HttpRequest.newBuilder(shop.resolve(path)).header("Authorization", "Basic " + credentials);
    }

    /** The session's, told from those that Quarkus sets. */
    private static List<HttpCookie> cookiesOf(Browser browser) {
        return browser.cookies().stream()
                .filter(cookie -> !cookie.getName().startsWith("q"))
                .toList();
    }

    private String id() {
        assertThat(cookiesOf(browser)).hasSize(1);
        return cookiesOf(browser).get(0).getValue();
    }

    private String cookieName() {
        return cookiesOf(browser).get(0).getName();
    }

    private HttpResponse<String> withId(String name, String id, HttpRequest.Builder request) {
        return new Browser(shop).send(request.header("Cookie", name + "=" + id));
    }

    private static List<String> sessionCookiesSet(HttpResponse<String> response) {
        return response.headers().allValues("set-cookie").stream()
                .filter(cookie -> !cookie.startsWith("q"))
                .toList();
    }

    @Test
    @DisplayName("by a login, the response of the login itself changes the id, keeps the data, and the old id is dead")
    void login() {
        browser.get("buy");
        String visitor = id();
        store.calls();

        assertThat(login("alice").statusCode()).isEqualTo(200);
        assertThat(store.calls()).containsExactly("find", "changeKey");

        String member = id();
        assertThat(member).isNotEqualTo(visitor);
        assertThat(browser.get("mine").body()).isEqualTo("alice:apples");
        assertThat(id()).isEqualTo(member);
        assertThat(withId(cookieName(), visitor, HttpRequest.newBuilder(shop.resolve("cart")))
                        .body())
                .isEqualTo("null");
    }

    @Test
    @DisplayName("by a login whose first answer was lost, the second sets a cookie that the next request is known by")
    void lostAnswer() {
        browser.get("buy");
        String visitor = id();
        String name = cookieName();
        HttpResponse<String> lost = withId(name, visitor, loginAs(shop, "alice"));
        assertThat(sessionCookiesSet(lost)).hasSize(1);

        HttpResponse<String> again = login("alice");

        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(sessionCookiesSet(again)).singleElement().asString().doesNotContain(visitor);
        String member = id();
        assertThat(lost.headers().allValues("set-cookie").toString()).doesNotContain(member);
        assertThat(browser.get("mine").body()).as("a session of its own").isEqualTo("alice:null");
        browser.get("buy");
        assertThat(browser.get("mine").body()).isEqualTo("alice:apples");
        assertThat(id()).isEqualTo(member);
        assertThat(browser.send(basic("mine", "bob")).body()).as("is alice's").isEqualTo("bob:null");
    }

    @Test
    @DisplayName("by a login, a late request with the old id sees nothing, stores nothing, and leaves the cookie alone")
    void lateRequest() {
        browser.get("buy");
        String visitor = id();
        String name = cookieName();
        login("alice");

        HttpResponse<String> late = withId(name, visitor, HttpRequest.newBuilder(shop.resolve("buy")));
        HttpResponse<String> alices = withId(name, visitor, basic("mine", "alice"));

        assertThat(late.statusCode()).isEqualTo(200);
        assertThat(alices.body()).isEqualTo("alice:null");
        assertThat(sessionCookiesSet(late)).isEmpty();
        assertThat(sessionCookiesSet(alices)).isEmpty();
        assertThat(withId(name, visitor, HttpRequest.newBuilder(shop.resolve("cart")))
                        .body())
                .isEqualTo("null");
        assertThat(browser.get("mine").body()).isEqualTo("alice:apples");
    }

    @Test
    @DisplayName("by a login, a visit with the old id more than five seconds later starts afresh")
    void laterVisit() {
        browser.get("buy");
        String visitor = id();
        String name = cookieName();
        login("alice");
        store.later(Duration.ofMinutes(1));

        HttpResponse<String> visit = withId(name, visitor, HttpRequest.newBuilder(shop.resolve("buy")));

        assertThat(sessionCookiesSet(visit)).singleElement().asString().doesNotContain(visitor);
        assertThat(browser.get("mine").body()).isEqualTo("alice:apples");
    }

    @ParameterizedTest
    @ValueSource(strings = {"logout/session", "logout/cookie", "logout/form"})
    @DisplayName("by a login, a logout with the old id is a conflict, ends nothing, and takes no credentials away")
    void logoutAfterLogin(String path) {
        browser.get("buy");
        String visitor = id();
        String name = cookieName();
        login("alice");

        HttpCookie credentials = browser.cookies().stream()
                .filter(cookie -> cookie.getName().equals("quarkus-credential"))
                .findAny()
                .orElseThrow();

        HttpResponse<String> out = withId(
                name,
                visitor + "; quarkus-credential=" + credentials.getValue(),
                HttpRequest.newBuilder(shop.resolve(path)));

        assertThat(out.statusCode()).isEqualTo(409);
        assertThat(out.headers().allValues("set-cookie")).isEmpty();
        assertThat(browser.get("mine").body()).isEqualTo("alice:apples");
    }

    @ParameterizedTest
    @ValueSource(strings = {"logout/cookie", "logout/form"})
    @DisplayName("by a logout that the store does not do, credentials stay, too: it can be repeated")
    void logoutThatFails(String path) {
        browser.get("buy");
        login("alice");

        store.failDeletions(true);
        HttpResponse<String> out = browser.get(path);
        store.failDeletions(false);

        assertThat(out.statusCode()).isEqualTo(503);
        assertThat(out.headers().allValues("set-cookie")).isEmpty();
        assertThat(browser.get("mine").body()).isEqualTo("alice:apples");
        assertThat(browser.get(path).statusCode()).isEqualTo(200);
        assertThat(browser.get("cart").body()).isEqualTo("null");
    }

    @Test
    @DisplayName("by a login that the store does not do, nobody gets credentials, and the login can be repeated")
    void loginThatFails() {
        browser.get("buy");

        store.failIdChanges(true);
        HttpResponse<String> refused = login("alice");
        store.failIdChanges(false);

        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().allValues("set-cookie")).isEmpty();
        assertThat(browser.get("mine").statusCode()).isEqualTo(401);
        assertThat(login("alice").statusCode()).isEqualTo(200);
        assertThat(browser.get("mine").body()).isEqualTo("alice:apples");
    }

    @Test
    @DisplayName("not at all, and only its id does, a logout with the old id ends the session")
    void logoutAfterStepUp() {
        browser.get("buy");
        login("alice");
        String before = id();
        String name = cookieName();
        assertThat(browser.get("step-up").body()).isEqualTo("CHANGED");
        assertThat(id()).isNotEqualTo(before);
        assertThat(browser.get("mine").body()).isEqualTo("alice:apples");

        HttpResponse<String> out = withId(name, before, basic("logout/cookie", "alice"));

        assertThat(out.statusCode()).isEqualTo(200);
        assertThat(browser.get("mine").body()).isEqualTo("alice:null");
    }

    @Test
    @DisplayName("and only then: requests of the same user write nothing")
    void unchanged() {
        browser.get("buy");
        login("alice");
        store.calls();

        browser.get("mine");
        browser.get("cart");
        browser.get("typed");
        login("alice");

        assertThat(store.calls()).containsExactly("find", "find", "find", "find");
    }

    @Test
    @DisplayName("by a login without a session, none is made, and a later one is the user's from its start")
    void loginWithoutSession() {
        login("alice");
        browser.get("mine");
        assertThat(store.calls()).isEmpty();
        assertThat(cookiesOf(browser)).isEmpty();

        browser.get("buy");
        String id = id();
        browser.get("mine");

        assertThat(store.calls()).containsExactly("create", "find");
        assertThat(id()).isEqualTo(id);
        assertThat(browser.send(basic("mine", "bob")).body()).isEqualTo("bob:null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"logout/form", "logout/cookie", "logout/session"})
    @DisplayName("by a logout, the session is ended before the response goes out, and the cookie is taken away")
    void logout(String path) {
        browser.get("buy");
        login("alice");
        String member = id();
        String name = cookieName();
        store.calls();

        HttpResponse<String> response = browser.get(path);

        assertThat(response.body()).isEqualTo("bye");
        assertThat(store.calls()).containsExactly("find", "delete");
        assertThat(sessionCookiesSet(response)).singleElement().asString().contains("Max-Age=0");
        assertThat(cookiesOf(browser)).isEmpty();
        assertThat(withId(name, member, HttpRequest.newBuilder(shop.resolve("cart")))
                        .body())
                .isEqualTo("null");
    }

    @Test
    @DisplayName("by OIDC's taking its cookies away, the session is ended, and not if they are only renewed")
    void oidc() {
        browser.get("buy");
        String visitor = id();
        String name = cookieName();
        store.calls();

        HttpResponse<String> renewed = new Browser(shop)
                .send(basic("renewal/oidc", "alice")
                        .header("Cookie", name + "=" + visitor + "; q_session=a; q_session_chunk_1=b"));
        assertThat(renewed.body()).isEqualTo("renewed");
        assertThat(store.calls()).containsExactly("find", "changeKey");
        String member = sessionCookiesSet(renewed).get(0).split("[=;]")[1];

        withId(name, member + "; q_session_chunk_1=b", basic("logout/oidc", "alice"));
        assertThat(store.calls()).containsExactly("find", "delete");
    }

    @Test
    @DisplayName("by a logout, what the application puts into the session after ending it is kept for the next page")
    void message() {
        browser.get("buy");
        login("alice");
        String member = id();

        browser.get("logout/message");

        assertThat(id()).isNotEqualTo(member);
        assertThat(browser.get("message").body()).isEqualTo("see you");
        assertThat(browser.get("cart").body()).isEqualTo("null");
    }

    @Test
    @DisplayName("to somebody else's, the session is ended before the application sees it")
    void somebodyElse() {
        browser.get("buy");
        login("alice");
        String alices = id();
        String name = cookieName();
        store.calls();

        assertThat(browser.send(basic("mine", "bob")).body()).isEqualTo("bob:null");
        assertThat(store.calls()).containsExactly("find", "delete");
        assertThat(withId(name, alices, HttpRequest.newBuilder(shop.resolve("cart")))
                        .body())
                .isEqualTo("null");
    }

    @Test
    @DisplayName("to somebody else's by another login, the session is ended by the login")
    void loginOfSomebodyElse() {
        browser.get("buy");
        login("alice");
        store.calls();

        login("bob");

        assertThat(store.calls()).containsExactly("find", "delete");
        assertThat(browser.get("mine").body()).isEqualTo("bob:null");
    }

    @Test
    @DisplayName("it does not by an anonymous request, where credentials are sent for some paths only")
    void anonymousRequest() {
        browser.get("buy");
        browser.send(basic("mine", "alice"));
        String alices = id();
        store.calls();

        assertThat(browser.get("cart").body()).isEqualTo("apples");
        assertThat(browser.send(basic("mine", "alice")).body()).isEqualTo("alice:apples");

        assertThat(store.calls()).containsExactly("find", "find");
        assertThat(id()).isEqualTo(alices);
    }

    @Test
    @DisplayName("credentials with each request make no session")
    void noSession() {
        browser.send(basic("mine", "alice"));
        browser.send(basic("mine", "alice"));
        browser.send(basic("admin", "root"));

        assertThat(store.calls()).isEmpty();
        assertThat(cookiesOf(browser)).isEmpty();
    }

    @Test
    @DisplayName("refused requests write nothing and make no session")
    void refused() {
        assertThat(browser.get("mine").statusCode()).isEqualTo(401);
        assertThat(cookiesOf(browser)).isEmpty();
        browser.get("buy");
        String visitor = id();
        store.calls();

        assertThat(browser.get("mine").statusCode()).isEqualTo(401);
        assertThat(browser.get("admin").statusCode()).isEqualTo(401);
        assertThat(store.calls()).containsExactly("find", "find");
        assertThat(id()).isEqualTo(visitor);

        login("alice");
        store.calls();
        assertThat(browser.get("admin").statusCode()).isEqualTo(403);
        assertThat(store.calls()).containsExactly("find");
        login("root");
        assertThat(browser.get("admin").body()).isEqualTo("secrets");
    }

    @Test
    @DisplayName("in two requests at once, one changes the id, and the other sets no cookie and stores nothing")
    void atOnce() {
        browser.get("buy");
        String visitor = id();
        String name = cookieName();
        store.calls();

        List<HttpResponse<String>> both = Stream.of(1, 2)
                .map(each -> CompletableFuture.supplyAsync(() -> withId(name, visitor, basic("together", "alice"))))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();

        assertThat(both).extracting(HttpResponse::body).containsOnly("apples");
        assertThat(both.stream().flatMap(response -> sessionCookiesSet(response).stream()))
                .singleElement()
                .asString()
                .startsWith(name + "=")
                .doesNotContain(visitor);
        assertThat(store.calls()).containsExactly("find", "find", "changeKey", "changeKey");
    }

    @Test
    @DisplayName("the name of the user is hidden from the application")
    void hidden() {
        browser.get("buy");
        login("alice");

        assertThat(browser.get("names").body()).isEqualTo("[cart],null,1");
    }
}
