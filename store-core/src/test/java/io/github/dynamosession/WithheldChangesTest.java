// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.engine.EngineSession;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("After a privilege change that did not happen")
class WithheldChangesTest {
    private static final SessionStoreException DOWN = new SessionStoreException("down", null, false);

    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);
    private final RecordingStore store = new RecordingStore(memory);
    private final SessionManager sessions = manager(builder -> builder);

    private SessionManager manager(UnaryOperator<SessionManager.Builder> settings) {
        return settings.apply(SessionManager.builder(store)
                        .codec(new SerializingCodec())
                        .clock(clock))
                .build();
    }

    private Session given(SessionManager manager, Map<String, ?> attributes) {
        Session session = manager.newSession();
        attributes.forEach(session::set);
        manager.save(session);
        return manager.open(session.cookieValue()).orElseThrow();
    }

    private Optional<Object> stored(String cookie, String name) {
        return sessions.open(cookie).orElseThrow().get(name);
    }

    @Test
    @DisplayName("nothing is stored under the old id: the save repeats the failure, without I/O")
    void withheld() {
        Session session = given(sessions, Map.of("a", 1));
        String planted = session.cookieValue();
        session.set("user", "victim");
        store.loseNextCall(DOWN);
        assertThatThrownBy(() -> sessions.changeId(session)).isSameAs(DOWN);
        store.calls.clear();
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> sessions.save(session))
                    .isInstanceOf(SessionStoreException.class)
                    .hasCause(DOWN);
        }
        assertThat(store.calls).isEmpty();
        assertThat(stored(planted, "user")).isEmpty();
    }

    @Test
    @DisplayName("a later one stores what was withheld")
    void later() {
        Session session = given(sessions, Map.of("a", 1));
        String planted = session.cookieValue();
        session.set("user", "victim");
        store.loseNextCall(DOWN);
        assertThatThrownBy(() -> sessions.changeId(session)).isSameAs(DOWN);
        session.set("cart", 1);
        assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        assertThat(sessions.open(planted).filter(found -> !found.isDetached())).isEmpty();
        assertThat(stored(session.cookieValue(), "user")).contains("victim");
        assertThat(stored(session.cookieValue(), "cart")).contains(1);
    }

    @Test
    @DisplayName("of unknown outcome nothing is stored, either")
    void unknown() {
        Session session = given(sessions, Map.of("a", 1));
        String planted = session.cookieValue();
        session.set("user", "victim");
        store.loseNextCall(new SessionStoreException("no answer", null, true));
        assertThatThrownBy(() -> sessions.changeId(session)).isInstanceOf(SessionStoreException.class);
        assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
        assertThat(stored(planted, "user")).isEmpty();
    }

    @Test
    @DisplayName("not even the access is recorded")
    void touch() {
        Session session = given(sessions, Map.of("a", 1));
        clock.advance(Duration.ofMinutes(10));
        Session used = sessions.open(session.cookieValue()).orElseThrow();
        store.loseNextCall(DOWN);
        assertThatThrownBy(() -> sessions.changeId(used)).isSameAs(DOWN);
        store.calls.clear();
        assertThatThrownBy(() -> sessions.save(used)).isInstanceOf(SessionStoreException.class);
        assertThat(store.calls).isEmpty();
    }

    @Test
    @DisplayName("whose cause is a value that cannot be stored, the save names the value's failure")
    void unstorable() {
        Session session = given(sessions, Map.of("list", new ArrayList<>(List.of("x"))));
        @SuppressWarnings("unchecked")
        List<Object> list = (List<Object>) session.get("list").orElseThrow();
        list.add(new Object());
        session.set("user", "victim");
        assertThatThrownBy(() -> sessions.changeId(session)).isInstanceOf(UnstorableValueException.class);
        list.remove(1);
        assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(UnstorableValueException.class);
        assertThat(stored(session.cookieValue(), "user")).isEmpty();
    }

    @Test
    @DisplayName("because an executor refused it, nothing is stored")
    void rejected() {
        boolean[] closed = {false};
        Executor executor = task -> {
            if (closed[0]) {
                throw new RejectedExecutionException("full");
            }
            task.run();
        };
        SessionManager async = manager(builder -> builder.executor(executor));
        Session session = given(async, Map.of("a", 1));
        session.set("user", "victim");
        closed[0] = true;
        assertThatThrownBy(() -> async.changeIdAsync(session)).isInstanceOf(RejectedExecutionException.class);
        closed[0] = false;
        assertThatThrownBy(() -> async.save(session)).isInstanceOf(SessionStoreException.class);
        assertThat(stored(session.cookieValue(), "user")).isEmpty();
    }

    @Test
    @DisplayName("because an adapter could not send its cookie any more, nothing is stored")
    void refusedByAdapter() {
        Session session = given(sessions, Map.of("a", 1));
        session.set("user", "victim");
        IllegalStateException committed = new IllegalStateException("committed");
        EngineSession.of(session).withhold(committed);
        assertThatThrownBy(() -> sessions.save(session))
                .isInstanceOf(SessionStoreException.class)
                .hasCause(committed);
        assertThat(stored(session.cookieValue(), "user")).isEmpty();
    }

    @Test
    @DisplayName("a session that is not stored yet stays so")
    void creation() {
        Session session = sessions.newSession();
        session.set("user", "victim");
        store.loseNextReply(new SessionStoreException("no answer", null, true));
        assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
        store.loseNextCall(DOWN);
        assertThatThrownBy(() -> sessions.changeId(session)).isSameAs(DOWN);
        store.calls.clear();
        assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
        assertThat(store.calls).isEmpty();
        String former = session.cookieValue();
        assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
        assertThat(sessions.open(former)).isEmpty();
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
    }

    @Test
    @DisplayName("under the policy to continue the save is unavailable, but not after what an operator must cure")
    void continuing() {
        SessionManager lenient = manager(builder -> builder.storeUnavailable(UnavailablePolicy.CONTINUE));
        Session session = given(lenient, Map.of("a", 1));
        session.set("user", "victim");
        store.loseNextCall(DOWN);
        assertThatThrownBy(() -> lenient.changeId(session)).isSameAs(DOWN);
        assertThat(lenient.save(session)).isEqualTo(SaveOutcome.UNAVAILABLE);
        assertThat(stored(session.cookieValue(), "user")).isEmpty();
        store.loseNextCall(new StoreMisconfiguredException("no table", null));
        assertThatThrownBy(() -> lenient.changeId(session)).isInstanceOf(StoreMisconfiguredException.class);
        assertThatThrownBy(() -> lenient.save(session)).isInstanceOf(StoreMisconfiguredException.class);
    }

    @Test
    @DisplayName("because of a conflict, the save conflicts")
    void conflict() {
        SessionManager exact = manager(builder -> builder.concurrency(Concurrency.COMPARE_AND_SET));
        Session session = given(exact, Map.of("a", 1));
        Session other = sessions.open(session.cookieValue()).orElseThrow();
        other.set("a", 2);
        sessions.save(other);
        session.set("user", "victim");
        assertThat(exact.changeId(session)).isEqualTo(ChangeIdOutcome.CONFLICT);
        assertThat(exact.save(session)).isEqualTo(SaveOutcome.CONFLICT);
        assertThat(stored(session.cookieValue(), "user")).isEmpty();
    }

    @Test
    @DisplayName("the session can be ended")
    void ended() {
        Session session = given(sessions, Map.of("a", 1));
        store.loseNextCall(DOWN);
        assertThatThrownBy(() -> sessions.changeId(session)).isSameAs(DOWN);
        assertThat(sessions.end(session)).isEqualTo(DeleteOutcome.DELETED);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.DISCARDED);
    }

    @Test
    @DisplayName("another request that was first makes the session one of its own, with what was withheld")
    void replaced() {
        Session session = given(sessions, Map.of("a", 1));
        session.set("user", "victim");
        store.loseNextCall(DOWN);
        assertThatThrownBy(() -> sessions.changeId(session)).isSameAs(DOWN);
        sessions.changeId(sessions.open(session.cookieValue()).orElseThrow());
        assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.REPLACED);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(stored(session.cookieValue(), "user")).contains("victim");
    }

    @Test
    @DisplayName("but not after a failed rotation: that withholds nothing")
    void rotation() {
        Session session = given(sessions, Map.of("a", 1));
        session.set("b", 2);
        store.loseNextCall(DOWN);
        assertThatThrownBy(() -> sessions.changeId(session, KeyChangeReason.ROTATION))
                .isSameAs(DOWN);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(stored(session.cookieValue(), "b")).contains(2);
    }
}
