// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@DisplayName("Requests of one session at the same time, on two applications that share a table")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ManyRequestsTest {
    private App one;
    private App two;

    @BeforeAll
    void start() {
        String table = App.newTable();
        one = App.start(table);
        two = App.start(table);
    }

    @AfterAll
    void stop() {
        one.close();
        two.close();
    }

    /** Sends a request that reads its session, and returns when it has; it goes on when the gate opens. */
    static CompletableFuture<Visitor.Reply> begin(Visitor visitor, String gate, String name, String value)
            throws InterruptedException {
        ShopController.GATES.put(gate, new CompletableFuture<>());
        CountDownLatch arrived = new CountDownLatch(1);
        ShopController.ARRIVED.put(gate, arrived);
        CompletableFuture<Visitor.Reply> reply = visitor.send("/shop/wait/" + gate + "/" + name + "/" + value);
        assertThat(arrived.await(1, TimeUnit.MINUTES)).isTrue();
        return reply;
    }

    static Visitor.Reply end(CompletableFuture<Visitor.Reply> reply, String gate) {
        ShopController.GATES.get(gate).complete("opened");
        return reply.join();
    }

    @Test
    @DisplayName("both applications see the same session")
    void share() {
        Visitor visitor = one.visitor();
        visitor.text("/shop/put/name/Ada");

        assertThat(visitor.at(two).text("/shop/get/name")).isEqualTo("Ada");
        visitor.at(two).text("/shop/put/name/Bob");
        assertThat(visitor.text("/shop/get/name")).isEqualTo("Bob");
    }

    @Test
    @DisplayName("two that change different attributes both win")
    void merge() throws InterruptedException {
        Visitor visitor = one.visitor();
        visitor.text("/shop/put/name/Ada");

        CompletableFuture<Visitor.Reply> slow = begin(visitor, "merge", "left", "1");
        visitor.at(two).text("/shop/put/right/2");

        assertThat(end(slow, "merge").status()).isEqualTo(200);
        assertThat(visitor.text("/shop/names")).isEqualTo("[left, name, right]");
    }

    @Test
    @DisplayName("counting in many requests at once loses no click")
    void compute() {
        Visitor visitor = one.visitor();
        visitor.text("/shop/put/name/Ada");
        Visitor other = visitor.at(two);

        CompletableFuture.allOf(IntStream.range(0, 20)
                        .mapToObj(i -> (i % 2 == 0 ? visitor : other)
                                .send("/shop/compute")
                                .thenAccept(reply -> assertThat(reply.status()).isEqualTo(200)))
                        .toArray(CompletableFuture[]::new))
                .join();

        assertThat(visitor.text("/shop/get/clicks")).isEqualTo("20");
    }

    @Test
    @DisplayName("what a late request changes in a session that was ended meanwhile is dropped, without an error")
    void endedStaysEnded() throws InterruptedException {
        Visitor visitor = one.visitor();
        visitor.text("/shop/put/name/Ada");
        Visitor old = visitor.at(one);

        CompletableFuture<Visitor.Reply> slow = begin(old, "ended", "name", "Zombie");
        visitor.at(two).text("/shop/delete");
        Visitor.Reply late = end(slow, "ended");

        assertThat(late.status()).isEqualTo(200);
        assertThat(late.setCookie()).isNull();
        assertThat(visitor.text("/shop/get/name")).isEqualTo("none");
    }

    @Test
    @DisplayName("what a late request changes after the id changed is dropped, and the new cookie stays")
    void newIdStays() throws InterruptedException {
        Visitor visitor = one.visitor();
        visitor.text("/shop/put/name/Ada");
        Visitor old = visitor.at(one);

        CompletableFuture<Visitor.Reply> changing = begin(old, "changing", "name", "Eve");
        CompletableFuture<Visitor.Reply> reading = begin(old, "reading", "name", "-");
        Visitor.Reply login = visitor.get("/shop/rotate");

        assertThat(login.setCookie()).isNotEmpty();
        for (Visitor.Reply late : new Visitor.Reply[] {end(changing, "changing"), end(reading, "reading")}) {
            assertThat(late.status()).isEqualTo(200);
            assertThat(late.setCookie()).isNull();
            assertThat(late.response().headers().firstValue("Authorization-Info"))
                    .isEmpty();
        }
        assertThat(visitor.at(two).text("/shop/get/name")).isEqualTo("Ada");
    }

    @Test
    @DisplayName("a late logout under the former id does not clear the new cookie")
    void lateLogout() throws InterruptedException {
        Visitor visitor = one.visitor();
        visitor.text("/shop/put/name/Ada");
        Visitor old = visitor.at(one);
        visitor.text("/shop/rotate");

        for (String path : new String[] {"/shop/invalidate", "/shop/delete", "/shop/idle/0"}) {
            Visitor.Reply late = old.get(path);

            assertThat(late.setCookie()).as(path).isNull();
            assertThat(late.response().headers().firstValue("Authorization-Info"))
                    .as(path)
                    .isEmpty();
        }
        assertThat(visitor.at(two).text("/shop/get/name")).isEqualTo("Ada");
    }

    @Test
    @DisplayName("of two that change the id at once one wins, and nobody gets an error or the old session")
    void twoLogins() throws InterruptedException {
        Visitor visitor = one.visitor();
        visitor.text("/shop/put/name/Ada");
        Visitor first = visitor.at(one);
        Visitor second = visitor.at(two);

        CompletableFuture<Visitor.Reply> a = first.send("/shop/rotate");
        CompletableFuture<Visitor.Reply> b = second.send("/shop/rotate");

        assertThat(a.join().status()).isEqualTo(200);
        assertThat(b.join().status()).isEqualTo(200);
        assertThat(visitor.text("/shop/get/name")).isEqualTo("none");
        assertThat(first.text("/shop/get/name") + second.text("/shop/get/name")).contains("Ada");
    }
}
