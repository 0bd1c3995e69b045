// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.Concurrency;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionConflictException;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.SessionMovedException;
import io.github.dynamosession.UnavailablePolicy;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.web.Node.Driver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("One request, one session, one cookie")
class SessionExchangeTest {
    private static final CookieState NONE = new CookieState.None();
    private static final CookieState CLEAR = new CookieState.Clear();

    private Node node = new Node();

    private final List<String> hooked = new ArrayList<>();
    private boolean headSent;

    private final SessionExchange.Hooks hooks = new SessionExchange.Hooks() {
        @Override
        public boolean isHeadSent() {
            return headSent;
        }

        @Override
        public void saving(Session session) {
            hooked.add("saving");
        }

        @Override
        public void ended(Session session) {
            hooked.add("ended " + session.names());
        }
    };

    private SessionExchange deferred() {
        return SessionExchange.deferred(node.sessions, CookieAge.OF_BROWSER, node.sessions.arrival(null), hooks);
    }

    private SessionExchange atOnce() {
        return SessionExchange.atOnce(node.sessions, CookieAge.OF_BROWSER, node.sessions.arrival(null), hooks);
    }

    private SessionExchange deferred(Driver driver, String... cookies) {
        SessionExchange exchange = deferred();
        driver.open(exchange, cookies);
        return exchange;
    }

    private SessionExchange atOnce(Driver driver, String... cookies) {
        SessionExchange exchange = atOnce();
        driver.open(exchange, cookies);
        return exchange;
    }

    private static CookieState set(Session session) {
        return new CookieState.Set(session.cookieValue(), OptionalLong.empty());
    }

    private static String value(SessionExchange exchange) {
        assertThat(exchange.cookie()).isInstanceOf(CookieState.Set.class);
        return ((CookieState.Set) exchange.cookie()).value();
    }

    /** Another request logs in under this cookie; the cookie from then on. */
    private String loggedInElsewhere(Driver driver, String cookie) {
        SessionExchange other = deferred(driver, cookie);
        other.used();
        other.wantNewId(NewId.LOGIN);
        driver.commit(other);
        node.calls.clear();
        return value(other);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a request that does not use the session costs nothing, and says nothing of the cookie")
    void unused(Driver driver) {
        SessionExchange exchange = deferred(driver);

        assertThat(exchange.needsCommit()).isFalse();
        driver.commit(exchange);

        assertThat(exchange.current()).isEmpty();
        assertThat(exchange.cookie()).isEqualTo(NONE);
        assertThat(node.calls).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("deferred: a new session has its cookie when it is stored, and not before")
    void newSession(Driver driver) {
        SessionExchange exchange = deferred(driver);
        Session session = exchange.make();
        session.set("a", "1");
        assertThat(exchange.cookie()).isEqualTo(NONE);
        assertThat(exchange.needsCommit()).isTrue();

        driver.commit(exchange);

        assertThat(exchange.cookie()).isEqualTo(set(session));
        assertThat(exchange.needsCommit()).isFalse();
        assertThat(node.read(session.cookieValue(), "a")).contains("1");
        assertThat(hooked).containsExactly("saving");
        assertThat(exchange.make()).isSameAs(session);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("deferred: a new session that nothing was put into is not stored, and has no cookie")
    void emptySession(Driver driver) {
        SessionExchange exchange = deferred(driver);
        exchange.make();

        driver.commit(exchange);

        assertThat(exchange.cookie()).isEqualTo(NONE);
        assertThat(node.calls).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a session that was found and not changed costs one read, and its cookie is left alone")
    void unchanged(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = deferred(driver, cookie);
        exchange.used();
        assertThat(exchange.current()).isPresent();
        assertThat(exchange.requestedIdCounts()).isTrue();
        assertThat(exchange.isByCookie()).isTrue();

        driver.commit(exchange);

        assertThat(exchange.cookie()).isEqualTo(NONE);
        assertThat(node.calls).containsExactly("find");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("of several cookies the one counts that names a session")
    void severalCookies(Driver driver) {
        String cookie = node.stored("a", "1");
        String unknown = node.sessions.newSession().cookieValue();

        SessionExchange exchange = deferred(driver, "bogus", unknown, cookie);

        assertThat(exchange.current().orElseThrow().cookieValue()).isEqualTo(cookie);
        assertThat(node.calls).containsExactly("find", "find");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("an unknown id is no session, and its cookie is not cleared")
    void unknownId(Driver driver) {
        SessionExchange exchange = deferred(driver, node.sessions.newSession().cookieValue());

        assertThat(exchange.current()).isEmpty();
        assertThat(exchange.requestedIdCounts()).isFalse();
        driver.commit(exchange);
        assertThat(exchange.cookie()).isEqualTo(NONE);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a cookie that browsers keep for a time is renewed when the access is recorded")
    void renewal(Driver driver) {
        String cookie = node.stored("a", "1");
        node.clock.advance(Duration.ofMinutes(3));
        SessionExchange exchange = SessionExchange.atOnce(
                node.sessions, CookieAge.of(Optional.of(Node.IDLE)), node.sessions.arrival(null), hooks);
        driver.open(exchange, cookie);
        exchange.used();
        assertThat(exchange.cookie()).isEqualTo(NONE);

        driver.commit(exchange);

        assertThat(exchange.cookie()).isEqualTo(new CookieState.Set(cookie, OptionalLong.of(33 * 60)));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a cookie is not renewed whose id others have rotated: a late answer would bring the former id back")
    void noRenewalOfAFormerId(Driver driver) {
        String cookie = node.stored("a", "1");
        node.clock.advance(Duration.ofMinutes(3));
        for (String change : List.of("", "changed")) {
            SessionExchange late = SessionExchange.atOnce(
                    node.sessions, CookieAge.of(Optional.of(Node.IDLE)), node.sessions.arrival(null), hooks);
            Session session = driver.open(late, cookie).orElseThrow();
            SessionExchange rotating = deferred(driver, cookie);
            rotating.wantNewId(NewId.ROTATION);
            driver.commit(rotating);
            if (!change.isEmpty()) {
                session.set("b", change);
            }
            late.used();

            driver.commit(late);

            assertThat(late.cookie()).isEqualTo(NONE);
            cookie = value(rotating);
            assertThat(node.read(cookie, "b").orElse("")).isEqualTo(change);
            node.clock.advance(Duration.ofMinutes(3));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("an id that came in a URL has no cookie that could be renewed or cleared")
    void byUrl(Driver driver) {
        String id = node.stored("a", "1");
        node.clock.advance(Duration.ofMinutes(3));
        SessionExchange exchange = SessionExchange.atOnce(
                node.sessions, CookieAge.of(Optional.of(Node.IDLE)), node.sessions.arrival(null), hooks);
        driver.open(exchange, List.of(), List.of(id));
        exchange.used();

        driver.commit(exchange);
        assertThat(exchange.cookie()).isEqualTo(NONE);
        assertThat(exchange.isByCookie()).isFalse();
        driver.end(exchange);

        assertThat(exchange.cookie()).isEqualTo(NONE);
        assertThat(node.exists(id)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("deferred: a login gets its new id with the commit, and the cookie follows")
    void login(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = deferred(driver, cookie);
        exchange.make().set("user", "ann");
        exchange.wantNewId(NewId.ROTATION);
        exchange.wantNewId(NewId.LOGIN);
        exchange.wantNewId(NewId.NOTICED_LOGIN);
        assertThat(exchange.isNewIdWanted()).isTrue();

        driver.commit(exchange);

        String changed = value(exchange);
        assertThat(changed).isNotEqualTo(cookie);
        assertThat(exchange.isNewIdWanted()).isFalse();
        assertThat(exchange.requestedIdCounts()).isFalse();
        assertThat(node.read(changed, "user")).contains("ann");
        assertThat(node.exists(cookie)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("deferred: an end is done with the commit and clears the cookie; what is made after it has its own")
    void end(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = deferred(driver, cookie);
        exchange.used();
        exchange.wantNewId(NewId.LOGIN);
        exchange.wantEnd();
        assertThat(exchange.current()).isEmpty();
        assertThat(exchange.requestedIdCounts()).isFalse();
        assertThat(exchange.needsCommit()).isTrue();
        assertThat(node.exists(cookie)).isTrue();

        driver.commit(exchange);

        assertThat(exchange.cookie()).isEqualTo(CLEAR);
        assertThat(node.exists(cookie)).isFalse();
        assertThat(hooked).containsExactly("ended [a]");
        Session next = exchange.make();
        next.set("b", "2");
        driver.commit(exchange);
        assertThat(exchange.cookie()).isEqualTo(set(next));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a session that the application ended through the manager clears the cookie, too")
    void endedThroughTheManager(Driver driver) {
        SessionExchange exchange = deferred(driver, node.stored("a", "1"));
        node.sessions.end(exchange.make());

        assertThat(exchange.cookie()).isEqualTo(CLEAR);
        assertThat(exchange.current()).isEmpty();
        driver.commit(exchange);
        assertThat(exchange.cookie()).isEqualTo(CLEAR);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a session that somebody else ended leaves the cookie alone")
    void endedElsewhere(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = deferred(driver, cookie);
        exchange.make().set("a", "2");
        node.sessions.end(node.sessions.open(cookie).orElseThrow());

        driver.commit(exchange);

        assertThat(exchange.cookie()).isEqualTo(NONE);
        assertThat(exchange.current()).isEmpty();
        assertThat(node.exists(cookie)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a session that is left stays in the store, and another one takes its place with the client")
    void leave(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = deferred(driver, cookie);
        exchange.make().set("a", "2");
        exchange.leave();
        Session next = exchange.make();
        next.set("b", "2");

        driver.commit(exchange);

        assertThat(exchange.cookie()).isEqualTo(set(next));
        assertThat(node.read(cookie, "a")).contains("1");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a failed save leaves the cookie as it was, and can be repeated")
    void failedSave(Driver driver) {
        SessionExchange exchange = deferred(driver);
        Session session = exchange.make();
        session.set("a", "1");
        node.failNext();

        assertThatThrownBy(() -> driver.commit(exchange)).isExactlyInstanceOf(SessionStoreException.class);
        assertThat(exchange.cookie()).isEqualTo(NONE);
        assertThat(exchange.needsCommit()).isTrue();

        driver.commit(exchange);
        assertThat(exchange.cookie()).isEqualTo(set(session));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a failed id change stores nothing under the old id, and stays wanted")
    void failedIdChange(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = deferred(driver, cookie);
        Session session = exchange.make();
        session.set("user", "ann");
        exchange.wantNewId(NewId.LOGIN);
        node.failNext();

        assertThatThrownBy(() -> driver.commit(exchange)).isExactlyInstanceOf(SessionStoreException.class);
        assertThat(exchange.cookie()).isEqualTo(NONE);
        assertThat(exchange.isNewIdWanted()).isTrue();
        assertThat(node.read(cookie, "user")).isEmpty();

        driver.commit(exchange);
        assertThat(node.read(value(exchange), "user")).contains("ann");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("an id change whose answer was lost is repeated to the same id")
    void lostReply(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = deferred(driver, cookie);
        exchange.make().set("user", "ann");
        exchange.wantNewId(NewId.LOGIN);
        node.loseNext();

        assertThatThrownBy(() -> driver.commit(exchange)).isExactlyInstanceOf(SessionStoreException.class);
        driver.commit(exchange);

        assertThat(node.read(value(exchange), "user")).contains("ann");
        assertThat(exchange.current().orElseThrow().isNew()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a failed end stays wanted, and the cookie stays")
    void failedEnd(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = deferred(driver, cookie);
        exchange.wantEnd();
        node.failNext();

        assertThatThrownBy(() -> driver.commit(exchange)).isExactlyInstanceOf(SessionStoreException.class);
        assertThat(exchange.cookie()).isEqualTo(NONE);
        assertThat(exchange.needsCommit()).isTrue();

        driver.commit(exchange);
        assertThat(exchange.cookie()).isEqualTo(CLEAR);
        assertThat(node.exists(cookie)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a late parallel request has an empty session, stores nothing and leaves the cookie alone")
    void lateRequest(Driver driver) {
        String cookie = node.stored("a", "1");
        String changed = loggedInElsewhere(driver, cookie);
        SessionExchange late = deferred(driver, cookie);
        assertThat(late.current().orElseThrow().names()).isEmpty();
        assertThat(late.requestedIdCounts()).isTrue();
        late.make().set("a", "late");

        driver.commit(late);

        assertThat(late.cookie()).isEqualTo(NONE);
        assertThat(node.calls).containsExactly("find");
        assertThat(node.read(changed, "a")).contains("1");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a login whose first answer was lost makes the session one of its own, with a cookie")
    void lostAnswer(Driver driver) {
        String cookie = node.stored("a", "1");
        loggedInElsewhere(driver, cookie);
        SessionExchange again = deferred(driver, cookie);
        again.wantNewId(NewId.LOGIN);
        again.make().set("user", "ann");

        driver.commit(again);

        assertThat(node.read(value(again), "user")).contains("ann");
        assertThat(again.requestedIdCounts()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a late logout after a login is a conflict, ends nothing and leaves the cookie alone")
    void lateLogout(Driver driver) {
        String cookie = node.stored("a", "1");
        String changed = loggedInElsewhere(driver, cookie);
        SessionExchange late = deferred(driver, cookie);
        late.wantEnd();

        assertThatThrownBy(() -> driver.commit(late)).isInstanceOf(SessionMovedException.class);

        assertThat(late.cookie()).isEqualTo(NONE);
        assertThat(node.exists(changed)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a late logout where the user stayed the same ends the session, and leaves the newer cookie alone")
    void lateLogoutFollows(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange stepUp = deferred(driver, cookie);
        stepUp.used();
        stepUp.wantNewId(NewId.STEP_UP);
        driver.commit(stepUp);
        SessionExchange late = deferred(driver, cookie);
        late.wantEnd();

        driver.commit(late);

        assertThat(late.cookie()).isEqualTo(NONE);
        assertThat(node.exists(value(stepUp))).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("of requests that notice a login at once the first changes the id, the others leave it to that one")
    void noticedTwice(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange first = deferred(driver, cookie);
        SessionExchange second = deferred(driver, cookie);
        first.claim("ann", false);
        second.claim("ann", false);
        second.make().set("a", "late");

        driver.commit(first);
        node.calls.clear();
        driver.commit(second);

        assertThat(second.cookie()).isEqualTo(NONE);
        assertThat(node.calls).containsExactly("changeKey");
        assertThat(second.needsCommit()).isFalse();
        assertThat(node.read(value(first), "a")).contains("1");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a session that cannot be read is not taken for absent, by whomever it is asked for")
    void failedOpen(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = deferred();
        node.failNext();
        assertThatThrownBy(() -> driver.open(exchange, cookie)).isExactlyInstanceOf(SessionStoreException.class);

        assertThatThrownBy(() -> driver.open(exchange, cookie)).isExactlyInstanceOf(SessionStoreException.class);
        assertThatThrownBy(exchange::make).isExactlyInstanceOf(SessionStoreException.class);
        assertThat(node.calls).containsExactly("find");

        exchange.abandon();
        exchange.make().set("a", "page");
        driver.commit(exchange);
        assertThat(exchange.cookie()).isEqualTo(NONE);
        assertThat(exchange.needsCommit()).isFalse();
        assertThat(node.calls).containsExactly("find");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a session that an adapter lets count as absent is replaced by a new one")
    void treatedAsAbsent(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = deferred();
        node.failNext();
        assertThatThrownBy(() -> driver.open(exchange, cookie)).isExactlyInstanceOf(SessionStoreException.class);

        exchange.treatAsAbsent();
        exchange.make().set("b", "2");
        driver.commit(exchange);

        assertThat(node.read(value(exchange), "b")).contains("2");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a session is not made before the client's own was looked for")
    void notOpened(Driver driver) {
        assertThatThrownBy(deferred()::make).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "while the store does not answer and the policy is to continue, nothing is stored and no cookie is set")
    void standIn(Driver driver) {
        node = new Node(builder -> builder.storeUnavailable(UnavailablePolicy.CONTINUE));
        String cookie = node.stored("a", "1");
        SessionExchange exchange = deferred();
        node.failNext();
        assertThat(driver.open(exchange, cookie)).isEmpty();
        assertThat(exchange.requestedIdCounts()).isFalse();

        exchange.make().set("a", "2");
        assertThat(exchange.current()).isPresent();
        driver.commit(exchange);

        assertThat(exchange.cookie()).isEqualTo(NONE);
        assertThat(node.read(cookie, "a")).contains("1");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("after the head: changes are saved, a wanted id is refused and withholds them")
    void afterTheHead(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = deferred(driver, cookie);
        headSent = true;
        exchange.make().set("a", "2");
        driver.commit(exchange);
        assertThat(node.read(cookie, "a")).contains("2");

        exchange.wantNewId(NewId.LOGIN);
        exchange.make().set("a", "3");
        assertThatThrownBy(() -> driver.commit(exchange)).isInstanceOf(IllegalStateException.class);

        assertThat(exchange.cookie()).isEqualTo(NONE);
        assertThatThrownBy(() -> node.sessions.save(exchange.make())).isInstanceOf(SessionStoreException.class);
        assertThat(node.read(cookie, "a")).contains("2");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("after the head: a new session is not stored, for nobody could name it")
    void newAfterTheHead(Driver driver) {
        SessionExchange exchange = deferred(driver);
        headSent = true;
        exchange.make().set("a", "1");

        driver.commit(exchange);

        assertThat(node.calls).isEmpty();
        assertThat(exchange.cookie()).isEqualTo(NONE);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("an error answer may drop the changes: then only ends are done")
    void endsOnly(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = deferred(driver, cookie);
        exchange.wantEnd();
        exchange.make().set("b", "2");

        driver.commitEnds(exchange);

        assertThat(exchange.cookie()).isEqualTo(CLEAR);
        assertThat(node.calls).containsExactly("find", "delete");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("with compare-and-set the slower request has a conflict, in a save and in an id change")
    void conflict(Driver driver) {
        node = new Node(builder -> builder.concurrency(Concurrency.COMPARE_AND_SET));
        String cookie = node.stored("a", "1");
        SessionExchange saving = deferred(driver, cookie);
        saving.make().set("a", "2");
        SessionExchange changing = deferred(driver, cookie);
        changing.make().set("a", "3");
        changing.wantNewId(NewId.LOGIN);
        Session other = node.sessions.open(cookie).orElseThrow();
        other.set("a", "4");
        node.sessions.save(other);

        assertThatThrownBy(() -> driver.commit(saving)).isInstanceOf(SessionConflictException.class);
        assertThatThrownBy(() -> driver.commit(changing)).isInstanceOf(SessionConflictException.class);

        assertThat(changing.cookie()).isEqualTo(NONE);
        assertThat(node.read(cookie, "a")).contains("4");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose a session is: all sessions of a user are found and ended by the name, and nobody else's")
    void endedByPrincipal(Driver driver) {
        String first = claimed(driver, "ann");
        String second = claimed(driver, "ann");
        String other = claimed(driver, "bob");
        String nobodys = node.stored("a", "1");
        assertThat(node.sessions.findBy(SessionManager.PRINCIPAL, "ann").sessions())
                .hasSize(2)
                .allMatch(handle -> handle.attributeSizes().keySet().equals(Set.of("a")));

        Session asks = node.sessions.open(first).orElseThrow();
        assertThat(node.sessions.endAllBy(SessionManager.PRINCIPAL, "ann", asks))
                .isEqualTo(1);

        assertThat(node.exists(first)).isTrue();
        assertThat(node.exists(second)).isFalse();
        assertThat(node.exists(other)).isTrue();
        assertThat(node.exists(nobodys)).isTrue();
        SessionExchange logout = deferred(driver, first);
        logout.disown();
        driver.commit(logout);
        assertThat(node.sessions.endAllBy(SessionManager.PRINCIPAL, "ann")).isZero();
    }

    private String claimed(Driver driver, String user) {
        SessionExchange login = deferred(driver, node.stored("a", "1"));
        login.claim(user, false);
        driver.commit(login);
        return value(login);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose a session is: nobody's becomes the user's with another id, and keeps it from then on")
    void claimed(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange login = deferred(driver, cookie);
        login.claim("ann", false);
        login.claim("ann", false);
        driver.commit(login);
        String changed = value(login);
        assertThat(changed).isNotEqualTo(cookie);
        assertThat(node.read(changed, SessionExchange.OWNER))
                .isPresent()
                .hasValueSatisfying(mark -> assertThat(mark).doesNotContain("ann"));

        SessionExchange next = deferred(driver, changed);
        next.claim("ann", false);
        next.used();
        node.calls.clear();
        driver.commit(next);

        assertThat(node.calls).isEmpty();
        assertThat(next.cookie()).isEqualTo(NONE);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose a session is: the owner is never stored without another id")
    void ownerNeedsNewId(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange login = deferred(driver, cookie);
        login.claim("ann", false);
        Session session = login.make();
        session.set("a", "2");
        node.sessions.save(session);
        assertThat(node.read(cookie, SessionExchange.OWNER)).isEmpty();

        node.failNext();
        assertThatThrownBy(() -> driver.commit(login)).isInstanceOf(SessionStoreException.class);
        assertThat(node.read(cookie, SessionExchange.OWNER)).isEmpty();
        driver.commit(login);

        assertThat(node.read(value(login), SessionExchange.OWNER)).isPresent();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose a session is: the owner is not added to a session that the application has stored itself")
    void storedBeforeTheCommit(Driver driver) {
        SessionExchange login = deferred(driver);
        login.claim("ann", false);
        Session session = login.make();
        session.set("a", "1");
        node.sessions.save(session);

        driver.commit(login);

        assertThat(node.read(value(login), SessionExchange.OWNER)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose a session is: somebody else's is ended, or taken over with another id")
    void claimedByAnother(Driver driver) {
        for (boolean keep : List.of(true, false)) {
            SessionExchange login = deferred(driver);
            login.claim("ann", false);
            login.make().set("a", "1");
            driver.commit(login);
            String anns = value(login);
            SessionExchange other = deferred(driver, anns);
            other.claim("bob", keep);
            other.used();

            driver.commit(other);

            assertThat(node.exists(anns)).isFalse();
            if (keep) {
                assertThat(node.read(value(other), "a")).contains("1");
            } else {
                assertThat(other.cookie()).isEqualTo(CLEAR);
                assertThat(other.current()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose a session is: a new one of an identified request is the user's from its first save on")
    void madeByAnIdentifiedRequest(Driver driver) {
        SessionExchange login = deferred(driver);
        login.claim("ann", false);
        login.make().set("a", "1");
        node.calls.clear();

        driver.commit(login);

        assertThat(node.calls).containsExactly("create");
        assertThat(node.read(value(login), SessionExchange.OWNER)).isPresent();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose a session is: behind an id that has changed a login makes its own, a claim does nothing")
    void claimedBehindMovedId(Driver driver) {
        String cookie = node.stored("a", "1");
        loggedInElsewhere(driver, cookie);
        SessionExchange late = deferred(driver, cookie);
        late.claim("ann", false);
        driver.commit(late);
        assertThat(late.cookie()).isEqualTo(NONE);

        SessionExchange login = deferred(driver, cookie);
        login.login("ann", false);
        driver.commit(login);
        assertThat(node.read(value(login), SessionExchange.OWNER)).isPresent();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a logout ends the session that is somebody's, and no other")
    void release(Driver driver) {
        SessionExchange login = deferred(driver);
        login.claim("ann", false);
        login.make().set("a", "1");
        driver.commit(login);
        SessionExchange out = deferred(driver, value(login));
        out.release(false);
        driver.commit(out);
        assertThat(out.cookie()).isEqualTo(CLEAR);

        String nobodys = node.stored("a", "1");
        SessionExchange anonymous = deferred(driver, nobodys);
        anonymous.release(false);
        driver.commit(anonymous);
        assertThat(node.exists(nobodys)).isTrue();
        anonymous.release(true);
        driver.commit(anonymous);
        assertThat(node.exists(nobodys)).isFalse();

        SessionExchange made = deferred(driver);
        made.claim("ann", false);
        made.make().set("message", "good-bye");
        made.release(true);
        driver.commit(made);
        assertThat(node.read(value(made), "message")).contains("good-bye");
        assertThat(node.read(value(made), SessionExchange.OWNER)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a session that is disowned goes on, and the next login gives it another id")
    void disown(Driver driver) {
        SessionExchange login = deferred(driver);
        login.claim("ann", false);
        login.make().set("a", "1");
        driver.commit(login);
        String cookie = value(login);
        SessionExchange out = deferred(driver, cookie);
        out.disown();
        driver.commit(out);
        assertThat(node.read(cookie, "a")).contains("1");

        SessionExchange again = deferred(driver, cookie);
        again.claim("ann", false);
        driver.commit(again);

        assertThat(value(again)).isNotEqualTo(cookie);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("at once: a session has its cookie when it is made, and none once the head is sent")
    void madeAtOnce(Driver driver) {
        SessionExchange exchange = atOnce(driver);
        Session session = exchange.make();
        assertThat(exchange.cookie()).isEqualTo(set(session));
        session.set("a", "1");
        driver.commit(exchange);
        assertThat(exchange.cookie()).isEqualTo(set(session));

        SessionExchange late = atOnce(driver);
        headSent = true;
        assertThatThrownBy(late::make).isInstanceOf(IllegalStateException.class);
        assertThat(late.cookie()).isEqualTo(NONE);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("at once: an id change has happened when it returns, and a save is part of it")
    void changedAtOnce(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = atOnce(driver, cookie);
        exchange.make().set("user", "ann");

        assertThat(driver.changeId(exchange, NewId.LOGIN)).isEqualTo(ChangeIdOutcome.CHANGED);

        assertThat(node.read(value(exchange), "user")).contains("ann");
        assertThat(hooked).containsExactly("saving");
        assertThat(node.exists(cookie)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("at once: an id cannot change once the head is sent, and the login's data are withheld")
    void changedTooLate(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = atOnce(driver, cookie);
        exchange.make().set("user", "ann");
        headSent = true;

        assertThatThrownBy(() -> driver.changeId(exchange, NewId.LOGIN)).isInstanceOf(IllegalStateException.class);

        assertThatThrownBy(() -> driver.commit(exchange)).isInstanceOf(SessionStoreException.class);
        assertThat(node.read(cookie, "user")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("at once: an end clears the cookie, and listeners see the session before it is unusable")
    void endedAtOnce(Driver driver) {
        String cookie = node.stored("a", "1");
        SessionExchange exchange = atOnce(driver, cookie);
        exchange.used();

        driver.end(exchange);

        assertThat(exchange.cookie()).isEqualTo(CLEAR);
        assertThat(hooked).containsExactly("ended [a]");
        assertThat(exchange.current()).isEmpty();
        assertThat(node.exists(cookie)).isFalse();
        driver.end(exchange);
        assertThatThrownBy(() -> driver.changeId(exchange, NewId.LOGIN)).isInstanceOf(IllegalStateException.class);
        Session next = exchange.make();
        assertThat(exchange.cookie()).isEqualTo(set(next));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("at once: a listener that is told of the end neither saves nor ends the session again")
    void endsOnce(Driver driver) {
        SessionExchange[] self = new SessionExchange[1];
        self[0] = SessionExchange.atOnce(
                node.sessions, CookieAge.OF_BROWSER, node.sessions.arrival(null), new SessionExchange.Hooks() {
                    @Override
                    public void ended(Session session) {
                        session.set("a", "2");
                        self[0].used();
                        self[0].blocking().commit();
                        self[0].blocking().end();
                    }
                });
        driver.open(self[0], node.stored("a", "1"));

        driver.end(self[0]);

        assertThat(node.calls).containsExactly("find", "delete");
        assertThat(self[0].cookie()).isEqualTo(CLEAR);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("an abandoned session's cookie is withdrawn if it was never stored, and stays otherwise")
    void abandoned(Driver driver) {
        SessionExchange failing = atOnce(driver);
        failing.make().set("a", "1");
        node.failNext();
        assertThatThrownBy(() -> driver.commit(failing)).isInstanceOf(SessionStoreException.class);
        failing.abandon();
        assertThat(failing.cookie()).isEqualTo(NONE);

        SessionExchange stored = atOnce(driver);
        Session session = stored.make();
        session.set("a", "1");
        driver.commit(stored);
        stored.abandon();
        session.set("a", "2");
        driver.commit(stored);
        assertThat(stored.cookie()).isEqualTo(set(session));
        assertThat(node.read(session.cookieValue(), "a")).contains("1");
    }
}
