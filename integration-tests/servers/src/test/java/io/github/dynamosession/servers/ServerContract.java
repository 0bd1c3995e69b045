// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import static io.github.dynamosession.servers.ApplicationServer.BROKEN;
import static io.github.dynamosession.servers.ApplicationServer.CONTRACT;
import static io.github.dynamosession.servers.ApplicationServer.LOGIN;
import static io.github.dynamosession.servers.ApplicationServer.PASSWORD;
import static io.github.dynamosession.servers.ApplicationServer.PLAIN;
import static io.github.dynamosession.servers.ApplicationServer.USER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.dynamosession.servers.Browser.Answer;
import io.github.dynamosession.servers.contract.Runner;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** What each server has to keep: two nodes of it, with the same applications, over one table. */
@Tag("full")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
abstract class ServerContract {
    private static final int LAST = Integer.MAX_VALUE;

    /** The broken one last: a server may deploy nothing after it. */
    private final Map<String, Path> wars = new LinkedHashMap<>();

    private EmbeddedDynamoDbServer dynamoDb;
    private ApplicationServer one;
    private ApplicationServer two;

    /** A server that has not been started, with a folder of its own. */
    abstract ApplicationServer server(Path folder);

    /** The name of our cookie where nobody says one. */
    String cookieName() {
        return "JSESSIONID";
    }

    /** What an application needs beside ours in this server. */
    List<Path> libraries() {
        return List.of();
    }

    /** Whether the server, left to itself, forgets a login when its session is invalidated. */
    boolean invalidateLogsOut() {
        return true;
    }

    @BeforeAll
    void start() throws Exception {
        assumeTrue(
                "full".equals(System.getProperty("tests")),
                "application servers are downloaded and started with -Dtests=full only");
        Path folder = Files.createDirectories(Path.of(System.getProperty("servers.folder"))
                .resolveSibling("nodes")
                .toAbsolutePath());
        folder = Files.createTempDirectory(folder, getClass().getSimpleName());
        for (String application : List.of(PLAIN, LOGIN, CONTRACT, BROKEN)) {
            wars.put(application, folder.resolve(application + ".war"));
        }
        War.plain(wars.get(PLAIN), libraries());
        War.login(wars.get(LOGIN), libraries());
        War.contract(wars.get(CONTRACT));
        War.broken(wars.get(BROKEN), libraries());
        dynamoDb = EmbeddedDynamoDbServer.start();
        one = server(folder.resolve("one"));
        two = server(folder.resolve("two"));
        one.start(wars, environment());
        wars.remove(CONTRACT);
        two.start(wars, environment());
        one.awaitReady();
        two.awaitReady();
    }

    private Map<String, String> environment() {
        return Map.of(
                "DYNAMOSESSION_TABLE_NAME", "sessions",
                "DYNAMOSESSION_CREATE_TABLE", "true",
                "DYNAMOSESSION_ENDPOINT", dynamoDb.endpoint().toString(),
                "DYNAMOSESSION_REGION", "eu-central-1",
                "AWS_ACCESS_KEY_ID", "local",
                "AWS_SECRET_ACCESS_KEY", "local");
    }

    @AfterAll
    void stop() throws InterruptedException {
        if (one != null) {
            one.stop();
        }
        if (two != null) {
            two.stop();
        }
        if (dynamoDb != null) {
            dynamoDb.close();
        }
    }

    private static Answer get(Browser browser, ApplicationServer server, String page) {
        return browser.get(server.uri(PLAIN, page));
    }

    @Test
    @DisplayName("A session is the same on two nodes")
    void twoNodes() {
        Browser browser = new Browser();
        get(browser, one, "put?value=1");
        assertThat(get(browser, two, "get").body()).isEqualTo("1");
        get(browser, two, "put?value=2");
        assertThat(get(browser, one, "get").body()).isEqualTo("2");
        assertThat(get(browser, one, "id").body()).isEqualTo("true");
        assertThat(get(new Browser(), one, "get").body()).isEqualTo("none");
    }

    @Test
    @DisplayName("The cookie is set once, with all its attributes, and for this application only")
    void cookie() {
        Browser browser = new Browser();
        Answer answer = get(browser, one, "put?value=1");
        assertThat(answer.setCookies()).hasSize(1);
        String cookie = answer.setCookies().get(0);
        assertThat(cookie).matches(cookieName() + "=[A-Za-z0-9_-]{43};.*");
        assertThat(cookie.toLowerCase(java.util.Locale.ROOT).split("; ?"))
                .contains("path=/" + PLAIN, "httponly", "samesite=lax")
                .doesNotContain("secure")
                .noneMatch(attribute -> attribute.startsWith("expires") || attribute.startsWith("max-age"));
        browser.get(one.uri(LOGIN, "put?value=other"));
        assertThat(get(browser, one, "get").body()).isEqualTo("1");
        assertThat(browser.get(one.uri(LOGIN, "get")).body()).isEqualTo("other");
    }

    @Test
    @DisplayName("A visitor that logs in with the first request has one cookie, of the session's last id")
    void newVisitorsLogin() {
        Browser browser = new Browser();
        Answer answer = get(browser, one, "enter?value=1");
        assertThat(answer.setCookies(cookieName())).hasSize(1);
        assertThat(get(browser, two, "get").body()).isEqualTo("1");
    }

    @Test
    @DisplayName("A login gives a new id, and the old one is dead on both nodes")
    void login() {
        Browser browser = new Browser();
        get(browser, one, "put?value=1");
        Browser before = browser.copy();
        Answer answer = get(browser, two, "enter?value=2");
        assertThat(answer.setCookies(cookieName())).hasSize(1);
        assertThat(browser.cookie(cookieName())).isNotEqualTo(before.cookie(cookieName()));
        assertThat(get(browser, one, "get").body()).isEqualTo("2");
        assertThat(get(before, one, "get").body()).isNotEqualTo("2");
    }

    @Test
    @DisplayName("A logout ends the session on both nodes, and takes the cookie away")
    void logout() {
        Browser browser = new Browser();
        get(browser, one, "put?value=1");
        Browser before = browser.copy();
        get(browser, two, "leave");
        assertThat(browser.cookie(cookieName())).isNull();
        assertThat(get(before, one, "get").body()).isEqualTo("none");
        get(browser, one, "put?value=2");
        Answer again = get(browser, two, "again?value=3");
        assertThat(again.setCookies(cookieName())).hasSize(1);
        assertThat(get(browser, one, "get").body()).isEqualTo("3");
    }

    @Test
    @DisplayName("A session is saved, and its cookie sent, however the response ends")
    void anyEnd() {
        for (String page : List.of("flush", "large", "redirect", "error", "exception", "async", "reset")) {
            Browser stranger = new Browser();
            Answer answer = get(stranger, one, page + "?value=" + page);
            assertThat(answer.setCookies(cookieName())).as(page).hasSize(1);
            assertThat(get(stranger, two, "get").body()).as(page).isEqualTo(page);
            Answer known = get(stranger, one, page + "?value=2");
            assertThat(known.setCookies(cookieName())).as(page).isEmpty();
            assertThat(get(stranger, two, "get").body()).as(page).isEqualTo("2");
        }
    }

    @Test
    @DisplayName("Listeners that the application declares are told once of each event")
    void listeners() {
        assertThat(get(new Browser(), one, "events-of-a-life").body())
                .isEqualTo("created added replaced id removed destroyed");
    }

    @Test
    @DisplayName("Beans of CDI's session and ours live side by side, whichever is first, and end together")
    void beans() {
        for (String page : List.of("both", "both-reversed")) {
            Browser browser = new Browser();
            Answer answer = get(browser, one, page + "?value=1");
            assertThat(answer.setCookies(cookieName())).as(page).hasSize(1);
            for (int i = 0; i < 2; i++) {
                assertThat(get(browser, one, "get").body()).as(page).isEqualTo("1");
                assertThat(get(browser, one, "basket").body()).as(page).isEqualTo("1");
            }
            String before = browser.cookie(cookieName());
            get(browser, one, "enter?value=2");
            assertThat(browser.cookie(cookieName())).as(page).isNotEqualTo(before);
            assertThat(get(browser, one, "basket").body()).as(page).isEqualTo("1");
            assertThat(get(browser, one, "get").body()).as(page).isEqualTo("2");
            assertThat(get(browser, two, "get").body()).as(page).isEqualTo("2");
            Browser thief = browser.copy();
            get(browser, one, "leave");
            assertThat(get(browser, one, "get").body()).as(page).isEqualTo("none");
            assertThat(get(browser, one, "basket").body()).as(page).isEqualTo("empty");
            assertThat(get(thief, one, "basket").body()).as(page).isEqualTo("empty");
        }
    }

    @Test
    @DisplayName("A FORM login keeps the session and gives it a new id; invalidate() logs out")
    void formLogin() {
        Browser browser = new Browser();
        browser.get(one.uri(LOGIN, "put?value=cart"));
        Browser before = browser.copy();
        Answer asked = browser.get(one.uri(LOGIN, "/secured/user"));
        if (asked.status() / 100 == 3) {
            asked = browser.get(URI.create(asked.location()));
        }
        assertThat(asked.body()).contains("j_security_check");
        Answer entered =
                browser.post(one.uri(LOGIN, "/j_security_check"), Map.of("j_username", USER, "j_password", PASSWORD));
        assertThat(entered.status()).isBetween(300, 399);
        assertThat(entered.location()).contains("/secured/user");
        assertThat(browser.get(one.uri(LOGIN, "/secured/user")).body()).isEqualTo(USER);
        assertThat(browser.get(one.uri(LOGIN, "/secured/get")).body()).isEqualTo("cart");
        assertThat(browser.get(one.uri(LOGIN, "get")).body()).isEqualTo("cart");
        assertThat(browser.copy().get(two.uri(LOGIN, "get")).body()).isEqualTo("cart");
        assertThat(before.copy().get(one.uri(LOGIN, "get")).body())
                .as("the id from before the login")
                .isNotEqualTo("cart");
        assertThat(browser.get(one.uri(LOGIN, "/secured/user")).body()).isEqualTo(USER);
        Browser kept = browser.copy();
        if (!invalidateLogsOut()) {
            browser.get(one.uri(LOGIN, "logout"));
            assertThat(browser.get(one.uri(LOGIN, "get")).body()).isEqualTo("cart");
        }
        browser.get(one.uri(LOGIN, "leave"));
        for (Browser ended : invalidateLogsOut() ? List.of(browser, kept) : List.of(browser)) {
            assertThat(ended.get(one.uri(LOGIN, "/secured/user")).body()).isNotEqualTo(USER);
        }
        assertThat(browser.get(one.uri(LOGIN, "get")).body()).isEqualTo("none");
    }

    @Test
    @DisplayName("request.login keeps the session and gives it a new id")
    void requestLogin() {
        Browser browser = new Browser();
        browser.get(one.uri(LOGIN, "put?value=cart"));
        Browser before = browser.copy();
        assertThat(browser.get(one.uri(LOGIN, "login?value=cart2")).body()).isEqualTo(USER);
        assertThat(browser.get(one.uri(LOGIN, "get")).body()).isEqualTo("cart2");
        assertThat(before.get(one.uri(LOGIN, "get")).body()).isNotEqualTo("cart2");
        Browser stranger = new Browser();
        assertThat(stranger.get(one.uri(LOGIN, "login?value=first")).body()).isEqualTo(USER);
        assertThat(stranger.get(two.uri(LOGIN, "get")).body()).isEqualTo("first");
    }

    @Test
    @DisplayName("A setting that is wrong keeps the application from starting, and the log names it")
    void wrongSetting() {
        awaitLast();
        assertThat(one.isReady(BROKEN)).isFalse();
    }

    /** The broken application is deployed last, after what awaitReady() waits for. */
    private void awaitLast() {
        Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> one.log().contains("dynamosession.idle-timeout"));
    }

    @TestFactory
    @DisplayName("The contract of adapters")
    Stream<DynamicTest> contract() {
        // It gives the whole process other credentials for a moment, so nothing may be starting.
        awaitLast();
        Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> one.isReady(CONTRACT));
        List<String[]> results = Stream.of(
                        new Browser().get(one.uri(CONTRACT, "run")).body().split(Runner.RECORD))
                .map(result -> result.split(Runner.FIELD, -1))
                .toList();
        assertThat(results).as("tests").hasSizeGreaterThan(40);
        return results.stream()
                .map(result -> DynamicTest.dynamicTest(result[0], () -> {
                    assumeFalse(result[1].equals(Runner.SKIPPED), result[2]);
                    assertThat(result[1]).as(result[2]).isEqualTo(Runner.PASSED);
                }));
    }

    @Test
    @Order(LAST - 2)
    @DisplayName("No id is in a log")
    void logs() throws IOException {
        for (String log : List.of(one.log(), two.log())) {
            assertThat(Browser.secrets().filter(log::contains)).isEmpty();
        }
    }

    @Test
    @Order(LAST - 1)
    @DisplayName("Sessions outlive that the application is deployed anew")
    void redeployed() throws Exception {
        Browser browser = new Browser();
        get(browser, one, "put?value=1");
        get(browser, one, "basket?value=1");
        String before = get(browser, one, "instance").body();
        one.redeploy(PLAIN, wars.get(PLAIN));
        Awaitility.await().atMost(Duration.ofMinutes(2)).ignoreExceptions().until(() -> {
            String now = get(new Browser(), one, "instance").body();
            // While it is taken out there are answers of all kinds.
            return now.length() == before.length() && !now.equals(before);
        });
        assertThat(get(browser, one, "get").body()).isEqualTo("1");
        listeners();
    }

    @Test
    @Order(LAST)
    @DisplayName("Sessions outlive all nodes")
    void restarted() throws Exception {
        Browser browser = new Browser();
        get(browser, one, "put?value=1");
        one.stop();
        assertThat(get(browser, two, "get").body()).isEqualTo("1");
        two.stop();
        one.start(wars, environment());
        one.awaitReady();
        assertThat(get(browser, one, "get").body()).isEqualTo("1");
    }
}
