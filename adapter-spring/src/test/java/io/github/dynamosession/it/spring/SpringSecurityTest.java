// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.it.spring.Visitor.Answer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.security.core.session.SessionRegistry;
import org.springframework.security.core.userdetails.User;

/** Each request of a visitor goes to the other node: one is Tomcat, the other one Jetty. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName("Spring Security on two nodes without affinity")
@Tag("jdk25")
class SpringSecurityTest {
    private final Database database = new Database();
    private Node a;
    private Node b;

    @BeforeAll
    void start() {
        a = Node.start(database);
        b = Node.jetty(database);
    }

    @AfterAll
    void stop() {
        Stream.of(a, b).forEach(Node::close);
        database.close();
    }

    private Visitor visitor() {
        return new Visitor(a, b);
    }

    private Visitor alice() {
        Visitor alice = visitor();
        assertThat(alice.logIn("alice", "tea").status()).isEqualTo(302);
        assertThat(alice.get("/account").body()).startsWith("alice");
        return alice;
    }

    @Test
    @DisplayName("asks for a login and goes on to the page that was asked for")
    void savedRequest() {
        Visitor visitor = visitor();
        Answer asked = visitor.get("/account?from=letter", "Accept", "text/html,*/*;q=0.8");
        assertThat(asked.status()).isEqualTo(302);
        assertThat(asked.location()).isEqualTo("/login");
        Answer login = visitor.logIn("alice", "tea");
        assertThat(login.status()).isEqualTo(302);
        assertThat(login.location()).isEqualTo("/account?from=letter&continue");
        assertThat(visitor.get(login.location(), "Accept", "text/html,*/*;q=0.8")
                        .body())
                .isEqualTo("alice: ");
        assertThat(visitor.get("/account").body()).isEqualTo("alice: ");
    }

    @Test
    @DisplayName("refuses a wrong password, keeps nothing of it but the message, and takes the right one then")
    void wrongPassword() {
        Visitor visitor = visitor();
        Answer refused = visitor.logIn("alice", "a wrong password");
        assertThat(refused.location()).isEqualTo("/login?error");
        assertThat(visitor.get("/failure").body())
                .isEqualTo("org.springframework.security.authentication.BadCredentialsException: Bad credentials");
        assertThat(database.rows().toString()).doesNotContain("a wrong password");
        assertThat(visitor.get("/account").location()).isEqualTo("/login");
        assertThat(visitor.logIn("alice", "tea").location()).startsWith("/account");
    }

    @Test
    @DisplayName("keeps an exception of the application's own in the memory of the request that failed")
    void ownFailure() {
        for (int i = 0; i < 2; i++) {
            Visitor visitor = visitor();
            if (i == 1) {
                visitor.get("/"); // the login is on the other node
            }
            assertThat(visitor.logIn(SecurityConfiguration.BARRED, "tea").location())
                    .isEqualTo("/login?error");
            assertThat(visitor.get("/failure").body()).isEqualTo("null");
        }
        assertThat(database.rows().toString()).doesNotContain(SecurityConfiguration.BARRED);
    }

    @Test
    @DisplayName("has its CSRF token in the session: one node's form is good for the other")
    void csrf() {
        Visitor visitor = visitor();
        assertThat(visitor.post("/cart", "item", "tea").status()).isEqualTo(403);
        String token = visitor.get("/").csrf();
        assertThat(visitor.post("/cart", "item", "tea", "_csrf", "made up").status())
                .isEqualTo(403);
        assertThat(visitor.get("/").csrf()).as("masked anew each time").isNotEqualTo(token);
        for (String item : List.of("tea", "cup", "pot")) {
            assertThat(visitor.post("/cart", "item", item, "_csrf", token).status())
                    .isEqualTo(200);
        }
        assertThat(visitor.get("/").body()).contains("tea, cup, pot");
        assertThat(new Visitor(a).post("/cart", "item", "tea", "_csrf", token).status())
                .as("somebody else's")
                .isEqualTo(403);
    }

    @Test
    @DisplayName("pays for a login one read, the two puts of another id, and one update of what Spring sets after it")
    void price() {
        Visitor visitor = visitor();
        String csrf = visitor.get("/login").csrf();
        database.operations();
        assertThat(visitor.post("/login", "username", "alice", "password", "tea", "_csrf", csrf)
                        .status())
                .isEqualTo(302);
        assertThat(database.operations()).containsExactly("GetItem", "PutItem", "PutItem", "UpdateItem");
    }

    @Test
    @DisplayName("gives the session a new id at login and keeps what is in it; a planted id is dead")
    void fixation() {
        Visitor attacker = visitor();
        attacker.get("/");
        String planted = attacker.session();
        Visitor victim = visitor().session(planted);
        victim.post("/cart", "item", "tea", "_csrf", victim.get("/").csrf());
        Answer login = victim.logIn("alice", "tea");
        assertThat(victim.session()).isNotEqualTo(planted);
        assertThat(login.cookies())
                .filteredOn(cookie -> cookie.startsWith(Visitor.COOKIE + "="))
                .hasSize(1);
        assertThat(victim.get("/account").body()).isEqualTo("alice: tea");
        for (int i = 0; i < 2; i++) {
            assertThat(attacker.get("/account").location()).isEqualTo("/login");
            assertThat(attacker.get("/").body()).contains("Stranger, you have in your cart: <");
        }
        assertThat(victim.get("/account").body()).isEqualTo("alice: tea");
    }

    @Test
    @DisplayName("remembers a user without a session, on whichever node")
    void rememberMe() {
        Visitor visitor = visitor();
        assertThat(visitor.logIn("alice", "tea", "remember-me", "on").cookies())
                .anyMatch(cookie -> cookie.startsWith("remember-me="));
        for (int i = 0; i < 3; i++) {
            visitor.session(null);
            assertThat(visitor.get("/account").body()).isEqualTo("alice: ");
            assertThat(visitor.session()).isNotNull();
            String rememberMe = visitor.cookie("remember-me");
            visitor.cookie("remember-me", null);
            assertThat(visitor.get("/account").body())
                    .as("with the session that was made")
                    .isEqualTo("alice: ");
            visitor.cookie("remember-me", rememberMe);
        }
    }

    @Test
    @DisplayName("logs out on all nodes at once, and no late request brings the session back")
    void logout() {
        Visitor alice = alice();
        String session = alice.session();
        assertThat(alice.logOut().location()).isEqualTo("/");
        assertThat(alice.session()).isNull();
        for (Node node : List.of(a, b)) {
            Visitor late = new Visitor(node).session(session);
            assertThat(late.get("/account").location()).isEqualTo("/login");
        }
    }

    @Test
    @DisplayName("lets a user have several sessions, each its own")
    void severalSessions() {
        Visitor one = alice();
        Visitor two = alice();
        one.logOut();
        assertThat(one.get("/account").status()).isEqualTo(302);
        assertThat(two.get("/account").body()).isEqualTo("alice: ");
    }

    @Test
    @DisplayName("asks for a login again when the session has expired")
    void timeout() {
        Visitor alice = alice();
        database.expireAll();
        assertThat(alice.get("/account").location()).isEqualTo("/login");
        assertThat(alice.get("/account").location()).isEqualTo("/login");
    }

    @Test
    @DisplayName("survives the loss of a node")
    void nodeLoss() {
        Node lost = Node.start(database);
        Visitor alice = new Visitor(lost);
        alice.get("/account", "Accept", "text/html,*/*;q=0.8");
        alice.logIn("alice", "tea");
        lost.close();
        assertThat(new Visitor(a, b).session(alice.session()).get("/account").body())
                .isEqualTo("alice: ");
    }

    @Test
    @DisplayName("is told of a session's end by HttpSessionEventPublisher, on the node that ended it")
    void events() {
        Probes.Events onA = a.context().getBean(Probes.Events.class);
        Probes.Events onB = b.context().getBean(Probes.Events.class);
        onA.told.clear();
        onB.told.clear();
        Visitor visitor = new Visitor(a);
        visitor.logIn("alice", "tea");
        assertThat(onA.told).containsExactly("HttpSessionCreatedEvent", "HttpSessionIdChangedEvent");
        new Visitor(b).session(visitor.session()).logOut();
        assertThat(onA.told).hasSize(2);
        assertThat(onB.told).containsExactly("HttpSessionDestroyedEvent");
    }

    @Test
    @DisplayName("counts sessions in each node's own SessionRegistry: enough for one node, blind to the others")
    void maximumSessions() {
        try (Node c = Node.start(
                        database, "shop.max-sessions=1", "management.endpoints.web.exposure.include=dynamosessions");
                Node d = Node.start(database, "shop.max-sessions=1")) {
            Visitor first = new Visitor(c);
            first.logIn("alice", "tea");
            assertThat(first.get("/account").body()).isEqualTo("alice: ");
            Visitor second = new Visitor(c);
            second.logIn("alice", "tea");
            assertThat(first.get("/account").location()).isEqualTo("/?expired");
            assertThat(second.get("/account").body()).isEqualTo("alice: ");

            Visitor elsewhere = new Visitor(d);
            elsewhere.logIn("alice", "tea");
            assertThat(second.get("/account").body())
                    .as("d does not know of c's")
                    .isEqualTo("alice: ");
            assertThat(elsewhere.get("/account").body()).isEqualTo("alice: ");

            assertThat(new Visitor(c)
                            .get("/actuator/dynamosessions?username=alice")
                            .status())
                    .as("there is no index")
                    .isEqualTo(404);
            SessionRegistry registry = c.context().getBean(SessionRegistry.class);
            User alice = (User)
                    User.withUsername("alice").password("").roles("CUSTOMER").build();
            assertThat(registry.getAllSessions(alice, false)).hasSize(1);
            new Visitor(d).session(second.session()).logOut();
            assertThat(registry.getAllSessions(alice, false))
                    .as("nobody told c")
                    .hasSize(1);
            second.session(null);
            second.logIn("alice", "tea");
            assertThat(second.get("/account").body())
                    .as("the oldest is given up, so nobody is locked out")
                    .isEqualTo("alice: ");
        }
    }
}
