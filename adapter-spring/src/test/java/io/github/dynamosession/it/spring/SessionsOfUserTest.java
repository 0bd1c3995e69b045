// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.it.spring.Visitor.Answer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.security.core.session.SessionInformation;
import org.springframework.security.core.session.SessionRegistry;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Each user may have two sessions, counted by the index of principals; with marks. One node is Tomcat, the other Jetty. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName("The sessions of a user, on two nodes")
class SessionsOfUserTest {
    private static final String[] SETTINGS = {
        "dynamosession.indexes=principal",
        "dynamosession.index-marks=true",
        "shop.own-registry=false",
        "shop.max-sessions=2",
        "management.endpoints.web.exposure.include=health,dynamosessions"
    };

    private final Database database = new Database();
    private Node a;
    private Node b;

    @BeforeAll
    void start() {
        a = Node.start(database, SETTINGS);
        b = Node.jetty(database, SETTINGS);
    }

    @AfterAll
    void stop() {
        Stream.of(a, b).forEach(Node::close);
        database.close();
    }

    @AfterEach
    void logOut() {
        manager(a).endAllBy(SessionManager.PRINCIPAL, "alice");
        manager(a).endAllBy(SessionManager.PRINCIPAL, "bob");
    }

    private static SessionManager manager(Node node) {
        return node.context().getBean(SessionManager.class);
    }

    private static SessionRegistry registry(Node node) {
        return node.context().getBean(SessionRegistry.class);
    }

    private static Visitor loggedIn(Node login, String user, String password) {
        Visitor visitor = new Visitor(login);
        assertThat(visitor.logIn(user, password).status()).isEqualTo(302);
        assertThat(visitor.get("/account").body()).isEqualTo(user + ": ");
        return visitor;
    }

    private static Visitor alice(Node login) {
        return loggedIn(login, "alice", "tea");
    }

    private Visitor anywhere(Visitor visitor) {
        return new Visitor(a, b).session(visitor.session());
    }

    @Test
    @DisplayName("are counted across nodes by maximumSessions: the one that was used least recently gives way")
    void maximum() {
        Visitor first = alice(a);
        Visitor second = alice(b);
        Visitor bob = loggedIn(b, "bob", "cup");
        Visitor third = alice(b);
        Answer expired = anywhere(first).get("/account");
        assertThat(expired.location()).isEqualTo("/?expired");
        assertThat(anywhere(first).get("/account").location())
                .as("the answer ended the session")
                .isEqualTo("/login");
        for (Visitor left : List.of(second, third)) {
            assertThat(anywhere(left).get("/account").body()).isEqualTo("alice: ");
        }
        assertThat(anywhere(bob).get("/account").body()).isEqualTo("bob: ");
        second.logOut();
        alice(a);
        assertThat(anywhere(third).get("/account").body())
                .as("a session that was ended does not count")
                .isEqualTo("alice: ");
    }

    @Test
    @DisplayName("do not count twice when one of them logs in again")
    void again() {
        Visitor first = alice(a);
        Visitor second = alice(b);
        second.logIn("alice", "tea");
        for (Visitor visitor : List.of(first, second)) {
            assertThat(anywhere(visitor).get("/account").body()).isEqualTo("alice: ");
        }
    }

    @Test
    @DisplayName("cost nothing at a request, and one query, a read for each, and a mark at a login")
    void price() {
        Visitor first = alice(a);
        alice(b);
        database.operations();
        anywhere(first).get("/account");
        assertThat(database.operations())
                .as("the session, and the mark of index-marks")
                .containsExactly("GetItem", "GetItem");
        Visitor third = new Visitor(a);
        String csrf = third.get("/login").csrf();
        database.operations();
        third.post("/login", "username", "alice", "password", "tea", "_csrf", csrf);
        assertThat(database.operations())
                .as("the session; its user's mark, index and sessions; the one that gives way; the login")
                .containsExactly(
                        "GetItem",
                        "GetItem",
                        "Query",
                        "GetItem",
                        "GetItem",
                        "GetItem",
                        "UpdateItem",
                        "PutItem",
                        "PutItem",
                        "GetItem",
                        "UpdateItem");
    }

    @Test
    @DisplayName("are shown by the SessionRegistry with references for ids, and the request's own with its id")
    void information() {
        Visitor first = alice(a);
        Visitor second = alice(b);
        List<SessionInformation> all = registry(a).getAllSessions("alice", false);
        assertThat(all).hasSize(2).noneMatch(SessionInformation::isExpired);
        assertThat(all).extracting(SessionInformation::getSessionId).doesNotContain(first.session(), second.session());
        for (SessionInformation one : all) {
            assertThat(new Visitor(b)
                            .session(one.getSessionId())
                            .get("/account")
                            .status())
                    .as("a reference opens nothing")
                    .isEqualTo(302);
            assertThat(registry(b).getSessionInformation(one.getSessionId())).isNull();
        }
        Set<String> seen = Stream.of(second.get("/registry").body().split(","))
                .map(id -> id.equals(second.session()) ? "own" : id)
                .collect(Collectors.toSet());
        assertThat(seen).hasSize(2).contains("own").doesNotContain(first.session());
        assertThatThrownBy(registry(a)::getAllPrincipals)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("getAllSessions");
    }

    @Test
    @DisplayName("are expired by hand, on any node, also one that has just changed its id, and the request's own")
    void byHand() {
        Visitor first = alice(a);
        registry(b).getAllSessions("alice", false).get(0).expireNow();
        assertThat(registry(b).getAllSessions("alice", false)).isEmpty();
        assertThat(registry(b).getAllSessions("alice", true)).singleElement().matches(SessionInformation::isExpired);
        assertThat(anywhere(first).get("/account").location()).isEqualTo("/?expired");

        Visitor second = alice(a);
        SessionInformation former = registry(b).getAllSessions("alice", false).get(0);
        second.logIn("alice", "tea");
        assertThat(anywhere(second).get("/account").body()).isEqualTo("alice: ");
        former.expireNow();
        assertThat(anywhere(second).get("/account").location()).isEqualTo("/login");

        Visitor third = alice(a);
        assertThat(third.get("/registry/expire").body()).isEqualTo("true");
        assertThat(anywhere(third).get("/account").location()).isEqualTo("/?expired");
    }

    @Test
    @DisplayName("are not lost to a login of their own that finds too many")
    void ownLogin() {
        Visitor first = alice(a);
        Visitor second = alice(b);
        Visitor third = new Visitor(a);
        third.get("/set?value=x");
        // By a chain of filters that counts nothing.
        assertThat(third.post("/change/login", "username", "alice", "password", "tea")
                        .status())
                .isEqualTo(302);
        first.logIn("alice", "tea");
        assertThat(anywhere(second).get("/account").location()).isEqualTo("/?expired");
        for (Visitor left : List.of(first, third)) {
            assertThat(anywhere(left).get("/account").body()).isEqualTo("alice: ");
        }
    }

    @Test
    @DisplayName("end everywhere but here, whatever a thief does at that moment with a stolen cookie")
    void everywhere() throws Exception {
        Visitor owner = alice(a);
        Visitor stolen = alice(b);
        Visitor thief = new Visitor(b).session(stolen.session());
        CompletableFuture<Answer> underWay = CompletableFuture.supplyAsync(() -> thief.get("/wait"));
        Probes.Waiting waiting = b.context().getBean(Probes.Waiting.class);
        assertThat(waiting.arrived.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
        assertThat(owner.get("/everywhere").body()).isEqualTo("1");
        waiting.go.release();
        assertThat(underWay.get(1, TimeUnit.MINUTES).cookies())
                .as("what was under way ends, and makes no other session")
                .isEmpty();
        assertThat(anywhere(stolen).get("/account").location()).isEqualTo("/login");
        assertThat(anywhere(owner).get("/account").body()).isEqualTo("alice: ");
    }

    @Test
    @DisplayName("are listed and ended by an endpoint of Actuator, without ids and values, their beans destroyed")
    void endpoint() {
        Visitor first = alice(a);
        first.get("/basket?item=pot");
        Visitor second = alice(b);
        Visitor bob = loggedIn(a, "bob", "cup");
        Visitor operator = new Visitor(b, a);
        String body = operator.get("/actuator/dynamosessions?username=alice").body();
        assertThat(body).doesNotContain(first.session(), second.session(), "ROLE_");
        JsonNode listed = JsonMapper.builder().build().readTree(body);
        assertThat(listed.get("more").booleanValue()).isFalse();
        assertThat(listed.get("sessions")).hasSize(2);
        JsonNode oldest = listed.get("sessions").get(0);
        assertThat(oldest.get("attributes").get("SPRING_SECURITY_CONTEXT").intValue())
                .isPositive();
        assertThat(oldest.get("createdAt").stringValue())
                .isLessThanOrEqualTo(oldest.get("expiresAt").stringValue());

        String reference = oldest.get("reference").stringValue();
        assertThat(operator.delete("/actuator/dynamosessions?username=bob&reference=" + reference)
                        .body())
                .isEqualTo("{\"ended\":0}");
        assertThat(operator.delete("/actuator/dynamosessions?username=alice&reference=" + reference)
                        .body())
                .isEqualTo("{\"ended\":1}");
        assertThat(b.context().getBean(Probes.Prices.class).returned)
                .as("on the node that ended it")
                .containsSubsequence("pot", "closed pot");
        assertThat(anywhere(first).get("/account").location()).isEqualTo("/login");
        assertThat(anywhere(second).get("/account").body()).isEqualTo("alice: ");
        assertThat(operator.delete("/actuator/dynamosessions?username=alice").body())
                .isEqualTo("{\"ended\":1}");
        assertThat(anywhere(second).get("/account").location()).isEqualTo("/login");
        assertThat(anywhere(bob).get("/account").body()).isEqualTo("bob: ");
        assertThat(operator.get("/actuator/dynamosessions").status())
                .as("nobody asked for")
                .isEqualTo(400);
    }
}
