// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.dynamosession.Concurrency;
import io.github.dynamosession.Locking;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.UnavailablePolicy;
import io.github.dynamosession.crypto.SigningKeys;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.testkit.AdapterBrowser.Answer;
import java.lang.reflect.Type;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What every adapter promises to browsers, as tests over HTTP: logins, lost answers, late parallel requests, failed
 * saves, clients that go away. An adapter's author extends this class and says how a server of the framework is
 * started, and how its session API does the few things that a {@link Visit} names.
 *
 * <pre>{@code
 * class MyAdapterTest extends AdapterContract {
 *     @Override
 *     protected Running start(SessionManager manager, Application application) throws Exception {
 *         MyServer server = new MyServer(new MyAdapter(manager), (uri, request) ->
 *                 application.serve(uri, new MyVisit(request)));
 *         return new Running(URI.create("http://localhost:" + server.port()), server::stop);
 *     }
 * }
 * }</pre>
 *
 * <p>Each test starts a server, or two. Sessions are in memory, and time stands still unless a test moves it.
 */
public abstract class AdapterContract {
    /** How long a test waits for what must come: only a broken server lets it wait. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration WINDOW = Duration.ofSeconds(5);
    private static final Duration CALL_TIMEOUT = Duration.ofMillis(300);
    private static final int REQUESTS = 40;

    private final MovableClock clock = new MovableClock();
    private final AdapterStore store = new AdapterStore(new InMemorySessionStore(clock));
    private final List<AutoCloseable> open = new ArrayList<>();
    private final ExecutorService executor = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "adapter-contract");
        thread.setDaemon(true);
        return thread;
    });

    /** A page that waits has arrived. */
    private final CountDownLatch arrived = new CountDownLatch(1);

    /** Pages that wait go on. */
    private final CountDownLatch go = new CountDownLatch(1);

    /** For the adapter's own test class. */
    protected AdapterContract() {}

    /**
     * Starts a server whose sessions are the manager's and whose requests the application answers, all with {@code
     * GET}.
     *
     * @param manager opens and saves the sessions; closed by the kit
     * @param application answers with status 200 and the text that it returns; what it throws is left to the adapter,
     *     or becomes the status 500
     * @return the server at work
     * @throws Exception if it does not start
     */
    protected abstract Running start(SessionManager manager, Application application) throws Exception;

    /**
     * The session cookie's name.
     *
     * @return {@code JSESSIONID} unless overridden
     */
    protected String cookieName() {
        return "JSESSIONID";
    }

    /**
     * What the adapter's cookie holds, for adapters that encode the engine's cookie value once more.
     *
     * @param cookieValue the engine's
     * @return the same unless overridden
     */
    protected String encoded(String cookieValue) {
        return cookieValue;
    }

    /**
     * What encodes values.
     *
     * @return a codec for strings unless overridden
     */
    protected SessionCodec codec() {
        return new TextCodec();
    }

    /**
     * How much earlier than the manager's clock an adapter may say that a request arrived, because it measures how long
     * ago that was.
     *
     * @return zero unless overridden
     */
    protected Duration arrivalMargin() {
        return Duration.ZERO;
    }

    /**
     * Whether {@link Visit#flush} is implemented.
     *
     * @return true unless overridden; false skips the tests of what happens after the head
     */
    protected boolean canFlush() {
        return true;
    }

    /**
     * Whether a request goes on to its end when its client has gone away.
     *
     * @return true unless overridden; false says that it is cancelled, and skips the test of what it changes after that
     */
    protected boolean goesOnWithoutClient() {
        return true;
    }

    /**
     * Whether a request that has ended its session can make another one.
     *
     * @return true unless overridden; false skips the test of it
     */
    protected boolean canMakeAfterEnd() {
        return true;
    }

    /**
     * Whether a request that is answered with 503 stores nothing of what it changed before.
     *
     * @return false unless overridden, which skips the tests of it
     */
    protected boolean refusesWhole() {
        return false;
    }

    /**
     * A server at work.
     *
     * @param address its address, with the path of the application, without a slash at the end
     * @param stop stops it
     */
    public record Running(URI address, AutoCloseable stop) {}

    /** The application on the server: made by the kit, called by the adapter's author. */
    public interface Application {
        /**
         * Answers one request, on a thread that may block.
         *
         * @param path the request's path within the application
         * @param visit the framework's session API for this request
         * @return the body of the answer
         * @throws Exception what the framework's session API or the application throws
         */
        String serve(String path, Visit visit) throws Exception;
    }

    /** One request, as the framework's session API shows it. */
    public interface Visit {
        /**
         * Whether there is a session whose id can be changed and that can be ended. Makes none.
         *
         * @return whether there is; true where the framework's requests always have one
         */
        boolean hasSession();

        /**
         * Reads an attribute. Makes no session.
         *
         * @param name the attribute
         * @return null if there is none, or no session
         */
        @Nullable
        String get(String name);

        /**
         * Sets an attribute, and makes a session for that if there is none.
         *
         * @param name the attribute
         * @param value its value
         */
        void set(String name, String value);

        /**
         * Removes an attribute of the session that is there.
         *
         * @param name the attribute
         */
        void remove(String name);

        /** Gives the session that is there another id, as the framework does it at a login. */
        void changeId();

        /** Ends the session that is there. */
        void end();

        /**
         * Sends the head of the response and some of its body.
         *
         * @throws Exception if the client has gone, for instance
         */
        default void flush() throws Exception {
            throw new UnsupportedOperationException("override canFlush");
        }
    }

    private static final class TextCodec implements SessionCodec {
        @Override
        public int format() {
            return EncodedValue.FIRST_CUSTOM;
        }

        @Override
        public byte[] encode(Object value) {
            return value.toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Object decode(byte[] bytes, Type type) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    // Pages: each segment of the path is a command with its arguments, done in order.

    private String serve(String path, Visit visit) throws Exception {
        StringBuilder body = new StringBuilder();
        for (String segment : path.split("/", -1)) {
            String[] command = segment.split("\\.", -1);
            switch (command[0]) {
                case "", "nothing" -> {}
                case "get" -> body.append('[').append(visit.get(command[1])).append(']');
                case "set" -> visit.set(command[1], command[2]);
                case "remove" -> visit.remove(command[1]);
                case "login" -> {
                    if (visit.hasSession()) {
                        visit.changeId();
                    }
                    visit.set("user", command[1]);
                }
                case "logout" -> {
                    if (visit.hasSession()) {
                        visit.end();
                    }
                }
                case "flush" -> visit.flush();
                case "wait" -> {
                    arrived.countDown();
                    if (!go.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                        throw new IllegalStateException("nobody let the page go on");
                    }
                }
                case "fail" -> throw new IllegalStateException("the application fails, for a test");
                default -> throw new IllegalArgumentException(segment);
            }
        }
        return body.toString();
    }

    private AdapterBrowser site(UnaryOperator<SessionManager.Builder> setUp) throws Exception {
        SessionManager manager = setUp.apply(SessionManager.builder(store)
                        .codec(codec())
                        .clock(clock)
                        .idleTimeout(Duration.ofMinutes(30))
                        .executor(executor))
                .build();
        open.add(manager);
        Running running = start(manager, this::serve);
        open.add(running.stop());
        return new AdapterBrowser(running.address(), cookieName(), null);
    }

    private AdapterBrowser site() throws Exception {
        return site(UnaryOperator.identity());
    }

    /** A browser with a session in which {@code a} is 1. */
    private AdapterBrowser visitor() throws Exception {
        return visitor(UnaryOperator.identity());
    }

    private AdapterBrowser visitor(UnaryOperator<SessionManager.Builder> setUp) throws Exception {
        AdapterBrowser browser = site(setUp);
        browser.get("/set.a.1").ok().setsCookie();
        store.drain();
        return browser;
    }

    /** The value of a cookie that names no session. */
    private String unknownId() {
        try (SessionManager other = SessionManager.builder(store).codec(codec()).build()) {
            return encoded(other.newSession().cookieValue());
        }
    }

    private CompletableFuture<Answer> startSlow(AdapterBrowser browser, String path) throws Exception {
        CompletableFuture<Answer> slow = browser.start(path);
        awaitArrival();
        return slow;
    }

    private void awaitArrival() throws InterruptedException {
        assertTrue(arrived.await(PATIENCE.toSeconds(), TimeUnit.SECONDS), "the slow request has arrived");
    }

    private Answer answer(CompletableFuture<Answer> slow) throws Exception {
        go.countDown();
        return slow.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static void assertBody(String expected, Answer answer) {
        assertEquals(expected, answer.ok().body(), "body");
    }

    private static void assertUnavailable(Answer answer) {
        assertEquals(503, answer.status(), "status");
        assertTrue(answer.response().headers().firstValue("Retry-After").isPresent(), "Retry-After");
    }

    /** Stops what the test started. */
    @AfterEach
    void stopServers() throws Exception {
        go.countDown();
        Collections.reverse(open);
        for (AutoCloseable each : open) {
            each.close();
        }
        executor.shutdownNow();
    }

    // Basics.

    @Test
    @DisplayName("A1: a request that does not use the session costs nothing and sets no cookie")
    void unused() throws Exception {
        site().get("/nothing").ok().leavesCookieAlone();

        assertEquals(List.of(), store.drain());
    }

    @Test
    @DisplayName("A2: asking for a session that is not there makes none")
    void asking() throws Exception {
        Answer answer = site().get("/get.a").leavesCookieAlone();

        assertBody("[null]", answer);
        assertEquals(List.of(), store.drain());
    }

    @Test
    @DisplayName("A3: the first use sets one HttpOnly cookie, and the next request is known by it")
    void firstUse() throws Exception {
        AdapterBrowser browser = site();

        Answer first = browser.get("/set.a.1").ok().setsCookie();

        assertTrue(first.setCookies().get(0).toLowerCase(Locale.ROOT).contains("; httponly"), "HttpOnly");
        assertEquals(List.of("create"), store.drain());
        assertBody("[1]", browser.get("/get.a").leavesCookieAlone());
    }

    @Test
    @DisplayName("A4: a request that reads costs one read, and leaves the cookie alone")
    void reading() throws Exception {
        AdapterBrowser browser = visitor();

        assertBody("[1]", browser.get("/get.a").leavesCookieAlone());

        assertEquals(List.of("find"), store.drain());
    }

    @Test
    @DisplayName("A5: a request that changes something costs one read and one write")
    void changing() throws Exception {
        AdapterBrowser browser = visitor();

        browser.get("/set.a.2/set.b.3/remove.a").ok().leavesCookieAlone();

        assertEquals(List.of("find", "update"), store.drain());
        assertBody("[null][3]", browser.get("/get.a/get.b"));
    }

    @Test
    @DisplayName("A6: two browsers have two sessions")
    void twoBrowsers() throws Exception {
        AdapterBrowser browser = visitor();
        Answer other = browser.getWith("/set.a.other", List.of());

        other.ok().setsCookie();
        assertBody("[1]", browser.get("/get.a"));
    }

    @Test
    @DisplayName("A7: another node knows the session")
    void anotherNode() throws Exception {
        AdapterBrowser here = visitor();
        AdapterBrowser there = site();

        Answer answer = there.getWith("/get.a", List.of(String.valueOf(here.cookie())));

        assertBody("[1]", answer);
    }

    @Test
    @DisplayName("A8: a request records its use once the touch interval is over, by one write")
    void touch() throws Exception {
        AdapterBrowser browser = visitor();
        clock.advance(Duration.ofMinutes(5));

        assertBody("[1]", browser.get("/get.a"));

        assertEquals(List.of("find", "update"), store.drain());
        clock.advance(Duration.ofMinutes(29));
        assertBody("[1]", browser.get("/get.a"));
    }

    @Test
    @DisplayName("A9: an expired session is none, and the next use sets another cookie")
    void expired() throws Exception {
        AdapterBrowser browser = visitor();
        String former = browser.cookie();
        clock.advance(Duration.ofMinutes(34));

        assertBody("[null]", browser.get("/get.a").leavesCookieAlone());
        browser.get("/set.a.2").ok().setsCookie();

        assertNotEquals(former, browser.cookie());
    }

    // What clients send.

    @Test
    @DisplayName("A10: an unknown id is no session; its cookie stays, and the id is never adopted")
    void unknown() throws Exception {
        AdapterBrowser browser = site();
        String planted = unknownId();

        assertBody("[null]", browser.getWith("/get.a", List.of(planted)).leavesCookieAlone());
        Answer answer = browser.getWith("/set.a.1", List.of(planted)).ok().setsCookie();

        assertFalse(answer.setCookies().get(0).contains(planted), "the planted id was adopted");
    }

    @Test
    @DisplayName("A11: what cannot be an id costs no read")
    void malformed() throws Exception {
        AdapterBrowser browser = site();

        assertBody("[null]", browser.getWith("/get.a", List.of("bogus")).leavesCookieAlone());

        assertEquals(List.of(), store.drain());
    }

    @Test
    @DisplayName("A12: of several cookies the one counts that names a session")
    void severalCookies() throws Exception {
        AdapterBrowser browser = visitor();
        String own = String.valueOf(browser.cookie());

        assertBody(
                "[1]",
                browser.getWith("/get.a", List.of("bogus", unknownId(), own)).leavesCookieAlone());
        assertBody("[1]", browser.getWith("/get.a", List.of(own, unknownId())).leavesCookieAlone());
    }

    @Test
    @DisplayName("A13: many cookies cost two reads at most")
    void manyCookies() throws Exception {
        AdapterBrowser browser = site();
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            many.add(unknownId());
        }

        browser.getWith("/get.a", many).ok();

        assertEquals(List.of("find", "find"), store.drain());
    }

    @Test
    @DisplayName("A14: with signing on, a cookie whose signature is wrong costs no read")
    void signed() throws Exception {
        AdapterBrowser browser = visitor(builder -> builder.signingKeys(SigningKeys.of(List.of(new byte[32]))));
        assertBody("[1]", browser.get("/get.a"));
        store.drain();

        assertBody("[null]", browser.getWith("/get.a", List.of(unknownId())).leavesCookieAlone());

        assertEquals(List.of(), store.drain());
    }

    // Logins.

    @Test
    @DisplayName("A15: a login keeps the data under another id, in one write, with one cookie")
    void login() throws Exception {
        AdapterBrowser browser = visitor();
        String former = browser.cookie();

        browser.get("/login.ann").ok().setsCookie();

        assertNotEquals(former, browser.cookie());
        assertEquals("changeKey", store.drain().get(1));
        assertBody("[1][ann]", browser.get("/get.a/get.user").leavesCookieAlone());
    }

    @Test
    @DisplayName("A16: a login without a session makes one")
    void loginWithoutSession() throws Exception {
        AdapterBrowser browser = site();

        browser.get("/login.ann").ok().setsCookie();

        assertBody("[ann]", browser.get("/get.user"));
    }

    @Test
    @DisplayName("A17: each login gives another id")
    void secondLogin() throws Exception {
        AdapterBrowser browser = visitor();
        browser.get("/login.ann").ok();
        String first = browser.cookie();

        browser.get("/login.bob").ok().setsCookie();

        assertNotEquals(first, browser.cookie());
        assertBody("[bob]", browser.get("/get.user"));
    }

    @Test
    @DisplayName("A18: an id that somebody planted before a login is of no use after it")
    void plantedId() throws Exception {
        AdapterBrowser browser = visitor();
        AdapterBrowser attacker = browser.another();
        browser.get("/login.ann").ok();

        assertBody("[null]", attacker.get("/get.user"));
        clock.advance(WINDOW.plus(arrivalMargin()));
        assertBody("[null][null]", attacker.get("/get.a/get.user"));
    }

    @Test
    @DisplayName("A19: a login whose first answer was lost logs in, with a cookie that the next request is known by")
    void lostAnswer() throws Exception {
        AdapterBrowser browser = visitor();
        String former = browser.cookie();
        browser.another().get("/login.ann").ok();

        browser.get("/login.ann").ok().setsCookie();

        assertNotEquals(former, browser.cookie());
        assertBody("[ann]", browser.get("/get.user").leavesCookieAlone());
    }

    @Test
    @DisplayName("A20: a late parallel request has an empty session, stores nothing, and leaves the cookie alone")
    void lateRequest() throws Exception {
        AdapterBrowser browser = visitor();
        AdapterBrowser late = browser.another();
        browser.get("/login.ann").ok();
        store.drain();

        assertBody("[null]", late.get("/get.a").leavesCookieAlone());
        late.get("/set.a.late").ok().leavesCookieAlone();

        assertEquals(List.of("find", "find"), store.drain());
        assertBody("[1][ann]", browser.get("/get.a/get.user"));
    }

    @Test
    @DisplayName("A21: a request is late by when it arrived, however long it takes before it asks for its session")
    void slowRequest() throws Exception {
        AdapterBrowser browser = visitor();
        CompletableFuture<Answer> slow = startSlow(browser.another(), "/wait/set.a.late/get.a");
        browser.get("/login.ann").ok();
        clock.advance(Duration.ofMinutes(2));

        assertBody("[late]", answer(slow).leavesCookieAlone());

        assertBody("[1][ann]", browser.get("/get.a/get.user"));
    }

    @Test
    @DisplayName("A22: a request that read the session before a login elsewhere stores nothing after it")
    void overtaken() throws Exception {
        AdapterBrowser browser = visitor();
        CompletableFuture<Answer> slow = startSlow(browser.another(), "/get.a/wait/set.a.late");
        browser.get("/login.ann").ok();

        answer(slow).ok().leavesCookieAlone();

        assertBody("[1][ann]", browser.get("/get.a/get.user"));
    }

    @Test
    @DisplayName("A23: a visit under the former id after the window starts afresh")
    void laterVisit() throws Exception {
        AdapterBrowser browser = visitor();
        AdapterBrowser late = browser.another();
        browser.get("/login.ann").ok();
        clock.advance(WINDOW.minusMillis(1));
        late.get("/set.a.late").ok().leavesCookieAlone();
        clock.advance(arrivalMargin().plusMillis(1));

        assertBody("[null]", late.get("/get.a").leavesCookieAlone());
        late.get("/set.a.2").ok().setsCookie();

        assertBody("[2]", late.get("/get.a"));
        assertBody("[1]", browser.get("/get.a"));
    }

    @Test
    @DisplayName("A24: a navigation under the former id starts afresh after one second")
    void navigation() throws Exception {
        AdapterBrowser browser = visitor();
        AdapterBrowser late = browser.another();
        browser.get("/login.ann").ok();
        clock.advance(WINDOW.minusMillis(1));

        late.get("/set.a.late").ok().leavesCookieAlone();
        late.get("/set.a.2", "Sec-Fetch-Mode", "navigate").ok().setsCookie();

        assertBody("[2]", late.get("/get.a"));
    }

    @Test
    @DisplayName("A25: a login that the store does not do is answered with 503, and stores nothing under the old id")
    void failedLogin() throws Exception {
        AdapterBrowser browser = visitor();
        CompletableFuture<Answer> login = startSlow(browser, "/get.a/wait/login.ann");
        store.fail();

        Answer answer = answer(login);

        store.recover();
        assertUnavailable(answer);
        answer.leavesCookieAlone();
        assertBody("[1][null]", browser.get("/get.a/get.user"));
    }

    @Test
    @DisplayName("A26: a login that was done and whose reply from the store was lost can be repeated by the user")
    void loginWithLostReply() throws Exception {
        AdapterBrowser browser = visitor();
        store.loseReply("changeKey");

        assertUnavailable(browser.get("/login.ann").leavesCookieAlone());
        browser.get("/login.ann").ok().setsCookie();

        assertBody("[ann]", browser.get("/get.user"));
    }

    // Logouts.

    @Test
    @DisplayName("A27: a logout ends the session and clears the cookie")
    void logout() throws Exception {
        AdapterBrowser browser = visitor();
        AdapterBrowser other = browser.another();

        browser.get("/logout").ok().clearsCookie();

        assertEquals(List.of("find", "delete"), store.drain());
        assertBody("[null]", other.get("/get.a").leavesCookieAlone());
    }

    @Test
    @DisplayName("A28: a logout without a session does nothing")
    void logoutWithoutSession() throws Exception {
        site().get("/logout").ok().leavesCookieAlone();

        assertEquals(List.of(), store.drain());
    }

    @Test
    @DisplayName("A29: what is put into a session after a logout, in the same request, is in another session")
    void newSessionAfterLogout() throws Exception {
        assumeTrue(canMakeAfterEnd(), "the framework has one session per request");
        AdapterBrowser browser = visitor();
        AdapterBrowser other = browser.another();

        browser.get("/logout/set.b.2").ok().setsCookie();

        assertNotEquals(other.cookie(), browser.cookie());
        assertBody("[null][2]", browser.get("/get.a/get.b"));
        assertBody("[null]", other.get("/get.a"));
    }

    @Test
    @DisplayName("A30: a slow request does not bring back a session that was ended meanwhile")
    void endedMeanwhile() throws Exception {
        AdapterBrowser browser = visitor();
        AdapterBrowser other = browser.another();
        CompletableFuture<Answer> slow = startSlow(other, "/get.a/wait/set.a.late");
        browser.get("/logout").ok();

        answer(slow).leavesCookieAlone();

        assertBody("[null]", other.get("/get.a"));
    }

    @Test
    @DisplayName("A31: a late logout after a login is a conflict, and ends nothing")
    void lateLogout() throws Exception {
        AdapterBrowser browser = visitor();
        AdapterBrowser late = browser.another();
        browser.get("/login.ann").ok();

        Answer answer = late.get("/logout").leavesCookieAlone();

        assertEquals(409, answer.status(), "status");
        assertBody("[1][ann]", browser.get("/get.a/get.user"));
    }

    @Test
    @DisplayName("A32: a logout that the store does not do is answered with 503, and the cookie stays")
    void failedLogout() throws Exception {
        AdapterBrowser browser = visitor();
        CompletableFuture<Answer> logout = startSlow(browser, "/get.a/wait/logout");
        store.fail();

        Answer answer = answer(logout);

        store.recover();
        assertUnavailable(answer);
        answer.leavesCookieAlone();
        assertBody("[1]", browser.get("/get.a"));
    }

    // Failures.

    @Test
    @DisplayName("A33: a session that cannot be read is answered with 503 after one try, and the cookie stays")
    void failedRead() throws Exception {
        AdapterBrowser browser = visitor();
        store.fail();

        assertUnavailable(browser.get("/set.a.2").leavesCookieAlone());

        assertEquals(List.of("find"), store.drain());
        store.recover();
        assertBody("[1]", browser.get("/get.a"));
    }

    @Test
    @DisplayName("A34: a new session that cannot be stored is answered with 503 after one try, without a cookie")
    void failedCreation() throws Exception {
        AdapterBrowser browser = site();
        store.fail();

        assertUnavailable(browser.get("/set.a.1").leavesCookieAlone());
        assertEquals(List.of("create"), store.drain());
    }

    @Test
    @DisplayName("A35: a change that cannot be stored is answered with 503 after one try, instead of the page")
    void failedSave() throws Exception {
        AdapterBrowser browser = visitor();
        CompletableFuture<Answer> change = startSlow(browser, "/get.a/wait/set.a.2");
        store.fail();

        Answer answer = answer(change);

        assertEquals(List.of("find", "update"), store.drain());
        store.recover();
        assertUnavailable(answer);
        answer.leavesCookieAlone();
        assertBody("[1]", browser.get("/get.a"));
    }

    @Test
    @DisplayName("A36: a change whose reply was lost is answered with 503, and may have been stored")
    void lostReply() throws Exception {
        AdapterBrowser browser = visitor();
        store.loseReply("update");

        assertUnavailable(browser.get("/set.a.2").leavesCookieAlone());

        assertBody("[2]", browser.get("/get.a"));
    }

    @Test
    @DisplayName("A37: what an operator has to cure is answered with 500")
    void misconfigured() throws Exception {
        AdapterBrowser browser = visitor();
        store.fail(() -> new StoreMisconfiguredException("there is no table, for a test", null));

        Answer answer = browser.get("/get.a").leavesCookieAlone();

        assertEquals(500, answer.status(), "status");
    }

    @Test
    @DisplayName("A38: an application that fails is answered with 500, and the session goes on")
    void failedApplication() throws Exception {
        AdapterBrowser browser = visitor();

        Answer answer = browser.get("/get.a/fail").leavesCookieAlone();

        assertEquals(500, answer.status(), "status");
        assertBody("[1]", browser.get("/get.a"));
    }

    @Test
    @DisplayName("A39: with the policy to continue, requests work without a session, and row and cookie stay")
    void goesOn() throws Exception {
        AdapterBrowser browser = visitor(builder -> builder.storeUnavailable(UnavailablePolicy.CONTINUE));
        store.fail();

        assertBody("[null]", browser.get("/set.b.2/get.a").leavesCookieAlone());

        store.recover();
        assertBody("[1][null]", browser.get("/get.a/get.b"));
    }

    // Parallel requests.

    @Test
    @DisplayName("A40: two requests that change different attributes both win")
    void merged() throws Exception {
        AdapterBrowser browser = visitor();
        CompletableFuture<Answer> slow = startSlow(browser.another(), "/get.a/wait/set.b.2");
        browser.get("/set.c.3").ok();

        answer(slow).ok().leavesCookieAlone();

        assertBody("[1][2][3]", browser.get("/get.a/get.b/get.c"));
    }

    @Test
    @DisplayName("A41: with compare-and-set the slower one is answered with 409, and nothing of it is stored")
    void conflict() throws Exception {
        AdapterBrowser browser = visitor(builder -> builder.concurrency(Concurrency.COMPARE_AND_SET));
        CompletableFuture<Answer> slow = startSlow(browser.another(), "/get.a/wait/set.b.2");
        browser.get("/set.c.3").ok();

        Answer answer = answer(slow).leavesCookieAlone();

        assertEquals(409, answer.status(), "status");
        assertBody("[null][3]", browser.get("/get.b/get.c"));
    }

    @Test
    @DisplayName("A42: with compare-and-set a login that others overtook is answered with 409, and nobody is logged in")
    void conflictingLogin() throws Exception {
        AdapterBrowser browser = visitor(builder -> builder.concurrency(Concurrency.COMPARE_AND_SET));
        CompletableFuture<Answer> slow = startSlow(browser, "/get.a/wait/login.ann");
        browser.another().get("/set.c.3").ok();

        Answer answer = answer(slow);

        assertEquals(409, answer.status(), "status");
        // Where ids change at once this one has, and the browser knows it; elsewhere it has not.
        assertBody("[null][3]", browser.get("/get.user/get.c"));
    }

    @Test
    @DisplayName("A43: what a request changes after its client has gone away is stored")
    void changedWithoutClient() throws Exception {
        assumeTrue(goesOnWithoutClient(), "the framework cancels requests whose client has gone away");
        assertStoredWithoutClient("/get.a/wait/set.a.2");
    }

    @Test
    @DisplayName("A55: what a request changed before its client goes away is stored")
    void changedBeforeClientGoes() throws Exception {
        assertStoredWithoutClient("/set.a.2/wait");
    }

    private void assertStoredWithoutClient(String path) throws Exception {
        AdapterBrowser browser = visitor();
        store.forgetWrites();

        leave(browser, path);

        assertTrue(store.awaitWrite(), "the session is saved");
        assertBody("[2]", browser.get("/get.a"));
    }

    /** Asks for a page that waits, and goes away: then the page goes on, or is cancelled. */
    private void leave(AdapterBrowser browser, String path) throws Exception {
        try (Socket connection = browser.startAndHold(path)) {
            awaitArrival();
            connection.setSoLinger(true, 0);
        }
        if (goesOnWithoutClient()) {
            go.countDown();
        }
    }

    @Test
    @DisplayName("A54: what others sent before on the same connection changes no cookie")
    void sharedConnection() throws Exception {
        AdapterBrowser browser = visitor().behindProxy();
        String value = String.valueOf(browser.cookie());
        int letter = 0;
        while (!Character.isLetter(value.charAt(letter))) {
            letter++;
        }

        browser.letOthersGet(
                "/get.a", cookieName() + "=" + value.substring(0, letter) + otherCase(value.charAt(letter)));
        browser.letOthersGet(
                "/get.a", otherCase(cookieName().charAt(0)) + cookieName().substring(1) + "=");

        assertBody("[1]", browser.get("/get.a"));
    }

    private static char otherCase(char letter) {
        return Character.isUpperCase(letter) ? Character.toLowerCase(letter) : Character.toUpperCase(letter);
    }

    // After the head of the response.

    @Test
    @DisplayName("A44: what is changed after the head was sent is stored before the answer ends")
    void afterTheHead() throws Exception {
        assumeTrue(canFlush(), "the framework sends the head and the body together");
        AdapterBrowser browser = visitor();

        browser.get("/set.b.2/flush/set.a.2").ok().leavesCookieAlone();

        assertBody("[2][2]", browser.get("/get.a/get.b"));
    }

    @Test
    @DisplayName("A45: a login after the head was sent stores nothing under the old id")
    void loginAfterTheHead() throws Exception {
        assumeTrue(canFlush(), "the framework sends the head and the body together");
        AdapterBrowser browser = visitor();
        assertNotNull(browser.cookie());

        try {
            browser.get("/get.a/flush/login.ann").leavesCookieAlone();
        } catch (ExecutionException e) {
            // The server may cut the connection: that is its way to say so.
        }

        assertBody("[1][null]", browser.get("/get.a/get.user"));
    }

    @Test
    @DisplayName("A52: a change that was refused before the head was sent is not stored by the rest of the request")
    void refusedBeforeTheHead() throws Exception {
        assumeTrue(refusesWhole(), "the adapter does not say that it refuses requests as a whole");
        assumeTrue(canFlush(), "the framework sends the head and the body together");
        AdapterBrowser browser = visitor();
        store.refuse("update");

        assertUnavailable(browser.get("/set.a.2/flush").leavesCookieAlone());

        assertBody("[1]", browser.get("/get.a"));
    }

    @Test
    @DisplayName("A53: a request whose logout was refused stores nothing else either")
    void refusedLogout() throws Exception {
        assumeTrue(refusesWhole(), "the adapter does not say that it refuses requests as a whole");
        AdapterBrowser browser = visitor();
        store.refuse("delete");

        assertUnavailable(browser.get("/set.a.2/logout").leavesCookieAlone());

        assertBody("[1]", browser.get("/get.a"));
    }

    private enum Mishap {
        NONE,
        READ_REFUSED,
        CHANGE_REFUSED,
        REPLY_LOST,
        OUTAGE
    }

    @Test
    @DisplayName("A46: whatever fails, what was answered is stored, and what was refused is not, or its reply was lost")
    void manyMishaps() throws Exception {
        AdapterBrowser browser = visitor();
        Random random = new Random(12);
        for (int i = 0; i < REQUESTS; i++) {
            Mishap mishap = Mishap.values()[random.nextInt(Mishap.values().length)];
            switch (mishap) {
                case NONE -> {}
                case READ_REFUSED -> store.refuse("find");
                case CHANGE_REFUSED -> store.refuse("update");
                case REPLY_LOST -> store.loseReply("update");
                case OUTAGE -> store.fail();
            }

            Answer answer = browser.get("/set.item" + i + ".stored").leavesCookieAlone();

            store.recover();
            if (mishap == Mishap.NONE) {
                answer.ok();
            } else {
                assertUnavailable(answer);
            }
            boolean stored = mishap == Mishap.NONE || mishap == Mishap.REPLY_LOST;
            assertEquals(
                    stored ? "[stored]" : "[null]",
                    browser.get("/get.item" + i).ok().body(),
                    "after " + mishap);
        }
    }

    // Locks.

    private static SessionManager.Builder locking(SessionManager.Builder builder) {
        return builder.locking(Locking.SESSION).lockWait(PATIENCE);
    }

    private void awaitOperations(int number) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (store.operations() < number && System.nanoTime() < end) {
            Thread.sleep(5);
        }
        assertTrue(store.operations() >= number, number + " operations");
    }

    @Test
    @DisplayName("A47: with locking a request waits for the one before, and sees what that stored")
    void locked() throws Exception {
        AdapterBrowser browser = visitor(AdapterContract::locking);
        AdapterBrowser elsewhere = site(AdapterContract::locking);
        CompletableFuture<Answer> slow = startSlow(browser.another(), "/get.a/wait/set.a.2");
        CompletableFuture<Answer> next = browser.start("/get.a/set.b.3");
        CompletableFuture<Answer> other =
                elsewhere.startWith("/get.a/set.c.4", List.of(String.valueOf(browser.cookie())));
        awaitOperations(3);
        assertFalse(next.isDone(), "it waits");
        assertFalse(other.isDone(), "on another node it waits, too");

        answer(slow).ok().leavesCookieAlone();

        assertBody("[2]", next.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        assertBody("[2]", other.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        assertBody("[2][3][4]", browser.get("/get.a/get.b/get.c"));
    }

    @Test
    @DisplayName(
            "A48: with locking no request leaves a lock behind: read, changed, failed, refused, logged in, answer lost")
    void unlocked() throws Exception {
        AdapterBrowser browser = visitor(AdapterContract::locking);
        assertBody("[1]", browser.get("/get.a"));
        browser.get("/set.a.2").ok();
        assertEquals(500, browser.get("/get.a/fail").status(), "status");
        assertEquals(500, browser.get("/set.a.3/fail").status(), "status");
        store.refuse("update");
        assertUnavailable(browser.get("/set.b.3"));
        store.loseReply("update");
        assertUnavailable(browser.get("/set.c.4"));
        store.loseReply("lock");
        assertUnavailable(browser.get("/set.d.5"));
        clock.advance(Duration.ofMinutes(5));
        browser.get("/get.a").ok();
        browser.get("/login.ann").ok().setsCookie();
        assertBody("[null][4][null][ann]", browser.get("/get.b/get.c/get.d/get.user"));
        browser.get("/logout").ok().clearsCookie();
    }

    @Test
    @DisplayName("A56: with locking a request whose client goes away leaves no lock behind")
    void unlockedWithoutClient() throws Exception {
        AdapterBrowser browser = visitor(AdapterContract::locking);

        leave(browser, "/get.a/wait");

        assertBody("[1]", browser.get("/get.a"));
    }

    @Test
    @DisplayName("A49: with locking a request that waits too long is answered with 503, and the cookie stays")
    void lockedTooLong() throws Exception {
        AdapterBrowser browser =
                visitor(builder -> builder.locking(Locking.SESSION).lockWait(Duration.ofMillis(50)));
        CompletableFuture<Answer> slow = startSlow(browser.another(), "/get.a/wait/set.a.2");

        assertUnavailable(browser.get("/get.a/set.b.3").leavesCookieAlone());

        answer(slow).ok().leavesCookieAlone();
        assertBody("[2][null]", browser.get("/get.a/get.b"));
    }

    @Test
    @DisplayName("A50: with locking a request that lost its lock is answered with 409, and overwrites nothing")
    void lockLost() throws Exception {
        AdapterBrowser browser = visitor(AdapterContract::locking);
        AdapterBrowser elsewhere = site(AdapterContract::locking);
        CompletableFuture<Answer> slow = startSlow(browser.another(), "/get.a/wait/set.a.2/set.b.2");
        clock.advance(SessionManager.DEFAULT_LOCK_LEASE);
        elsewhere.getWith("/set.a.3", List.of(String.valueOf(browser.cookie()))).ok();

        Answer answer = answer(slow).leavesCookieAlone();

        assertEquals(409, answer.status(), "status");
        assertBody("[3][null]", elsewhere.getWith("/get.a/get.b", List.of(String.valueOf(browser.cookie()))));
    }
    // A dead endpoint, by the client that the product makes itself.

    @Test
    @DisplayName(
            "A51: an endpoint that takes connections and never answers costs a request one call's timeout, then 503")
    void deadEndpoint() throws Exception {
        List<StoreOperation> operations = new CopyOnWriteArrayList<>();
        Properties former = System.getProperties();
        Properties credentials = new Properties();
        credentials.putAll(former);
        credentials.setProperty("aws.accessKeyId", "test");
        credentials.setProperty("aws.secretAccessKey", "test");
        System.setProperties(credentials);
        // The system accepts connections; nobody reads what they send.
        try (ServerSocket silent = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            SessionStore dead = DynamoDbSessionStore.builder()
                    .tableName("sessions")
                    .region("us-east-1")
                    .endpoint(URI.create("http://127.0.0.1:" + silent.getLocalPort()))
                    .callTimeout(CALL_TIMEOUT)
                    .observer(new SessionObserver() {
                        @Override
                        public void operation(StoreOperation operation) {
                            operations.add(operation);
                        }
                    })
                    .build();
            open.add(dead);
            AdapterBrowser browser = site(builder -> builder.store(dead));

            Answer answer = browser.getWith("/get.a/set.a.2", List.of(unknownId()));

            assertUnavailable(answer.leavesCookieAlone());
            assertEquals(1, operations.size(), "operations, the error page included");
            assertTrue(operations.get(0).latency().compareTo(CALL_TIMEOUT) >= 0, "it waited");
        } finally {
            System.setProperties(former);
        }
    }
}
