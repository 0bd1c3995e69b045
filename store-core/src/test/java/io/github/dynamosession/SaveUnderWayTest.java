// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionStoreException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("While a save is under way, what the application does to the session")
class SaveUnderWayTest {
    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);
    private final RecordingStore store = new RecordingStore(memory);
    private final SessionManager sessions = SessionManager.builder(store)
            .codec(new SerializingCodec())
            .clock(clock)
            .build();
    private final SessionManager others = SessionManager.builder(memory)
            .codec(new SerializingCodec())
            .clock(clock)
            .build();

    private String given() {
        Session session = sessions.newSession();
        session.set("n", 5);
        sessions.save(session);
        return session.cookieValue();
    }

    private Session open(String cookie) {
        return sessions.open(cookie).orElseThrow();
    }

    private void elsewhere(String cookie, Consumer<Session> change) {
        Session theirs = others.open(cookie).orElseThrow();
        change.accept(theirs);
        others.save(theirs);
    }

    @Test
    @DisplayName("is not undone by computing another attribute value again")
    void setDuringConflict() {
        String cookie = given();
        Session session = open(cookie);
        session.compute("n", Integer.class, n -> n.orElse(0) + 1);
        store.beforeNextWrite(() -> {
            elsewhere(cookie, theirs -> theirs.set("n", 70));
            session.set("n", 1000);
        });
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(session.get("n")).contains(1000);
        assertThat(open(cookie).get("n")).contains(1000);
    }

    @Test
    @DisplayName("is not undone if it was the removal of a computed attribute")
    void removalDuringConflict() {
        String cookie = given();
        Session session = open(cookie);
        session.compute("n", Integer.class, n -> n.orElse(0) + 1);
        store.beforeNextWrite(() -> {
            elsewhere(cookie, theirs -> theirs.set("n", 70));
            session.remove("n");
        });
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(open(cookie).get("n")).isEmpty();
    }

    @Test
    @DisplayName("is stored by the next save if it was a new idle timeout, also when others wrote in between")
    void idleTimeout() {
        String cookie = given();
        Session session = open(cookie);
        session.set("a", 1);
        store.beforeNextWrite(() -> {
            elsewhere(cookie, theirs -> theirs.set("b", 1));
            session.setIdleTimeout(Duration.ofHours(2));
        });
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(open(cookie).idleTimeout()).contains(Duration.ofHours(2));
    }

    @Test
    @DisplayName("is stored by the next save if it was a second new idle timeout")
    void secondIdleTimeout() {
        String cookie = given();
        Session session = open(cookie);
        session.setIdleTimeout(Duration.ofHours(1));
        store.beforeNextWrite(() -> {
            elsewhere(cookie, theirs -> theirs.set("b", 1));
            session.setIdleTimeout(Duration.ofHours(2));
        });
        sessions.save(session);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(open(cookie).idleTimeout()).contains(Duration.ofHours(2));
    }

    @Test
    @DisplayName("and others' idle timeout survive an id change that did not touch it")
    void idleTimeoutOfOthersAtIdChange() {
        String cookie = given();
        Session session = open(cookie);
        elsewhere(cookie, theirs -> theirs.setIdleTimeout(Duration.ofHours(2)));
        assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
        session.set("a", 1);
        sessions.save(session);
        assertThat(session.idleTimeout()).contains(Duration.ofHours(2));
        assertThat(open(session.cookieValue()).idleTimeout()).contains(Duration.ofHours(2));
    }

    @Test
    @DisplayName("is stored by the next save if it was a new idle timeout during an id change")
    void idleTimeoutDuringIdChange() {
        String cookie = given();
        Session session = open(cookie);
        store.beforeNextWrite(() -> session.setIdleTimeout(Duration.ofHours(2)));
        sessions.changeId(session);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(open(session.cookieValue()).idleTimeout()).contains(Duration.ofHours(2));
    }

    @Test
    @DisplayName("fails with compare-and-set if others changed it before an id change that changed no data")
    void compareAndSetAfterIdChange() {
        String cookie = given();
        SessionManager strict = SessionManager.builder(store)
                .codec(new SerializingCodec())
                .clock(clock)
                .concurrency(Concurrency.COMPARE_AND_SET)
                .build();
        Session session = strict.open(cookie).orElseThrow();
        int seen = (Integer) session.get("n").orElseThrow();
        elsewhere(cookie, theirs -> theirs.set("n", 70));
        assertThat(strict.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
        session.set("n", seen + 1);
        assertThat(strict.save(session)).isEqualTo(SaveOutcome.CONFLICT);
        assertThat(open(session.cookieValue()).get("n")).contains(70);
    }

    @Test
    @DisplayName("in place between two computations is never dropped in silence")
    void changedBetweenComputations() {
        String cookie = given();
        TypeRef<List<String>> type = new TypeRef<>() {};
        Session session = open(cookie);
        session.compute("list", type, list -> new ArrayList<>(List.of("computed")));
        session.get("list", type).orElseThrow().add("in place");
        session.compute("list", type, list -> {
            List<String> longer = new ArrayList<>(list.orElseThrow());
            longer.add("computed again");
            return longer;
        });
        elsewhere(cookie, theirs -> theirs.set("list", new ArrayList<>(List.of("theirs"))));
        assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(ComputeConflictException.class);
    }

    @Test
    @DisplayName("is exact if it was a computation after the attribute was set to what was stored")
    void computationAfterSet() {
        String cookie = given();
        Session session = open(cookie);
        session.compute("n", Integer.class, n -> n.orElse(0) + 1);
        store.beforeNextWrite(() -> {
            session.set("n", 5);
            session.compute("n", Integer.class, n -> n.orElse(0) + 10);
        });
        sessions.save(session);
        elsewhere(cookie, theirs -> theirs.set("n", 100));
        sessions.save(session);
        assertThat(open(cookie).get("n")).contains(110);
    }

    @Test
    @DisplayName("may be an id change after a first save that nobody answered: nothing stays under the old id")
    void idChangeAfterUncertainCreation() {
        Session session = sessions.newSession();
        session.set("n", 1);
        String former = session.cookieValue();
        store.loseNextReply(new SessionStoreException("no answer", null, true));
        assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
        assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
        assertThat(sessions.open(former)).isEmpty();
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(open(session.cookieValue()).get("n")).contains(1);
    }

    @Test
    @DisplayName("to a computed value, if it is only read as another type, is no change in place")
    void computedReadAsAnotherType() {
        SessionManager numbers = SessionManager.builder(store)
                .codec(new NumberCodec())
                .clock(clock)
                .build();
        Session session = numbers.newSession();
        session.set("n", 5);
        numbers.save(session);
        Session one = numbers.open(session.cookieValue()).orElseThrow();
        Session two = numbers.open(session.cookieValue()).orElseThrow();
        one.compute("n", Integer.class, n -> n.orElse(0) + 1);
        two.compute("n", Integer.class, n -> n.orElse(0) + 1);
        assertThat(two.get("n", Long.class)).contains(6L);
        numbers.save(one);
        assertThat(numbers.save(two)).isEqualTo(SaveOutcome.SAVED);
        assertThat(numbers.open(session.cookieValue()).orElseThrow().get("n", Integer.class))
                .contains(7);
    }

    /** Names the type of a number, and gives the one that is asked for. */
    private static final class NumberCodec implements SessionCodec {
        @Override
        public int format() {
            return EncodedValue.FIRST_CUSTOM;
        }

        @Override
        public byte[] encode(Object value) {
            return (value.getClass().getSimpleName() + " " + value).getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public Object decode(byte[] bytes, Type type) {
            String number = new String(bytes, StandardCharsets.US_ASCII).split(" ", -1)[1];
            return type == Long.class ? (Object) Long.valueOf(number) : (Object) Integer.valueOf(number);
        }
    }
}
