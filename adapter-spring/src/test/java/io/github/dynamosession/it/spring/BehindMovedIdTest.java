// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.it.spring.Visitor.Answer;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName("Spring Security behind an id that has changed")
class BehindMovedIdTest {
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

    /** Somebody with a cart and the form that logs in. */
    private record Customer(Visitor visitor, String csrf) {
        Answer logIn() {
            return visitor.post("/login", "username", "alice", "password", "tea", "_csrf", csrf);
        }

        /** The same browser, as if it had not seen any answer since. */
        Customer again(Node... nodes) {
            return new Customer(new Visitor(nodes).session(visitor.session()), csrf);
        }
    }

    private Customer customer() {
        Visitor visitor = new Visitor(a, b);
        visitor.post("/cart", "item", "tea", "_csrf", visitor.get("/").csrf());
        return new Customer(visitor, visitor.get("/login").csrf());
    }

    private static Stream<String> sessionCookies(Answer answer) {
        return answer.cookies().stream().filter(cookie -> cookie.startsWith(Visitor.COOKIE + "="));
    }

    private Answer logInAt(String chain, Visitor visitor) {
        return visitor.post(chain + "/login", "username", "alice", "password", "tea");
    }

    @Test
    @DisplayName("takes the second login of a browser that never saw the answer to the first")
    void lostAnswer() {
        Customer customer = customer();
        Visitor visitor = customer.visitor();
        Visitor lost = customer.again(b, a).visitor();
        String old = visitor.session();
        assertThat(logInAt("/change", lost).location()).isEqualTo("/");

        Answer again = logInAt("/change", visitor);

        assertThat(again.location()).isEqualTo("/");
        assertThat(sessionCookies(again)).hasSize(1);
        String session = visitor.session();
        assertThat(session).isNotNull().isNotEqualTo(old).isNotEqualTo(lost.session());
        for (int i = 0; i < 2; i++) {
            assertThat(visitor.get("/account").body()).isEqualTo("alice: ");
        }
        assertThat(visitor.session()).isEqualTo(session);
        assertThat(lost.get("/account").body()).as("the lost one").isEqualTo("alice: tea");
    }

    @Test
    @DisplayName(
            "refuses a form whose token lay in the session that moved, and takes the next one once the window is over")
    void csrf() {
        Customer customer = customer();
        customer.again(b, a).logIn();

        assertThat(customer.logIn().status()).isEqualTo(403);
        database.movedLongAgo();
        assertThat(customer.logIn().status()).isEqualTo(403);

        assertThat(customer.visitor().logIn("alice", "tea").location()).isEqualTo("/");
        assertThat(customer.visitor().get("/account").body()).isEqualTo("alice: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/migrate", "/fresh"})
    @DisplayName("cannot end a session there to take another one: a conflict, until the window is over")
    void endsAndBegins(String chain) {
        Customer customer = customer();
        Visitor visitor = customer.visitor();
        Visitor lost = customer.again(b, a).visitor();
        assertThat(customer.again(a, b).logIn().location()).isEqualTo("/");

        Answer again = logInAt(chain, visitor);
        assertThat(again.status()).isEqualTo(409);
        assertThat(sessionCookies(again)).isEmpty();
        database.movedLongAgo();

        assertThat(logInAt(chain, lost).location()).isEqualTo("/");
        assertThat(lost.get("/account").body()).isEqualTo("alice: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/migrate", "/fresh"})
    @DisplayName("takes the second login if the first one ended the session")
    void lostAnswerOfOther(String chain) {
        Customer customer = customer();
        Visitor visitor = customer.visitor();
        assertThat(logInAt(chain, customer.again(b, a).visitor()).location()).isEqualTo("/");

        assertThat(logInAt(chain, visitor).location()).isEqualTo("/");

        assertThat(visitor.get("/account").body()).isEqualTo("alice: ");
    }

    @Test
    @DisplayName("leaves the cookie of the login alone when a late request comes")
    void lateRequest() {
        Customer customer = customer();
        Customer late = customer.again(b, a);
        assertThat(customer.logIn().location()).isEqualTo("/");
        String member = customer.visitor().session();

        for (String path : new String[] {"/set?value=late", "/", "/seen"}) {
            Answer answer = late.visitor().get(path);
            assertThat(answer.status()).as(path).isEqualTo(200);
            assertThat(sessionCookies(answer)).as(path).isEmpty();
        }
        assertThat(customer.visitor().get("/seen").body()).isEqualTo("null");
        assertThat(customer.visitor().get("/account").body()).isEqualTo("alice: tea");
        assertThat(customer.visitor().session()).isEqualTo(member);
    }

    @Test
    @DisplayName("lets a visit start afresh that comes later")
    void laterVisit() {
        Customer customer = customer();
        Visitor visitor = customer.again(b, a).visitor();
        String old = Objects.requireNonNull(visitor.session());
        customer.logIn();
        database.movedLongAgo();

        assertThat(sessionCookies(visitor.get("/"))).hasSize(1);
        assertThat(visitor.session()).isNotEqualTo(old);
        assertThat(visitor.logIn("alice", "tea").location()).isEqualTo("/");
        assertThat(visitor.get("/account").body()).isEqualTo("alice: ");
    }
}
