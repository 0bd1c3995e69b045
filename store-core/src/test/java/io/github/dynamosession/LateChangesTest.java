// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.engine.EngineSession;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A change in place after a save of the same request")
class LateChangesTest {
    private static final TypeRef<List<String>> LIST = new TypeRef<>() {};

    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);
    private final RecordingStore store = new RecordingStore(memory);
    private int dropped;
    private final SessionManager sessions = SessionManager.builder(store)
            .codec(new SerializingCodec())
            .clock(clock)
            .observer(new SessionObserver() {
                @Override
                public void lateChangeDropped() {
                    dropped++;
                }
            })
            .build();
    private final SessionManager others = SessionManager.builder(memory)
            .codec(new SerializingCodec())
            .clock(clock)
            .build();

    private String given() {
        Session session = others.newSession();
        session.set("cart", new ArrayList<>(List.of("given")));
        session.set("wishes", new ArrayList<>(List.of("given")));
        session.set("x", 1);
        others.save(session);
        return session.cookieValue();
    }

    private static void add(Session session, String name, String element) {
        session.get(name, LIST).orElseThrow().add(element);
    }

    private void elsewhere(String cookie, Consumer<Session> change) {
        Session theirs = others.open(cookie).orElseThrow();
        change.accept(theirs);
        assertThat(others.save(theirs)).isEqualTo(SaveOutcome.SAVED);
    }

    private List<String> stored(String cookie, String name) {
        return others.open(cookie).orElseThrow().get(name, LIST).orElseThrow();
    }

    @Test
    @DisplayName("does not overwrite what the client's next request has stored")
    void foundAfterFound() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        add(session, "cart", "mine");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        elsewhere(cookie, theirs -> add(theirs, "cart", "next"));
        add(session, "cart", "late");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.DISCARDED);
        assertThat(stored(cookie, "cart")).containsExactly("given", "mine", "next");
        assertThat(session.get("cart", LIST)).contains(List.of("given", "mine", "next"));
        assertThat(dropped).isOne();
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
    }

    @Test
    @DisplayName("does not either if the attribute was set before that save, and changed in place since")
    void foundAfterSet() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        session.set("cart", new ArrayList<>(List.of("mine")));
        add(session, "cart", "too");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        elsewhere(cookie, theirs -> add(theirs, "cart", "next"));
        add(session, "cart", "late");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.DISCARDED);
        assertThat(stored(cookie, "cart")).containsExactly("mine", "too", "next");
    }

    @Test
    @DisplayName("does not either if the session was new")
    void foundAfterCreation() {
        Session session = sessions.newSession();
        session.set("cart", new ArrayList<>(List.of("mine")));
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        elsewhere(session.cookieValue(), theirs -> add(theirs, "cart", "next"));
        add(session, "cart", "late");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.DISCARDED);
        assertThat(stored(session.cookieValue(), "cart")).containsExactly("mine", "next");
    }

    @Test
    @DisplayName("does not either if the attribute was only read before that save, which had nothing to do")
    void foundAfterRead() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        assertThat(session.get("cart", LIST)).isPresent();
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        elsewhere(cookie, theirs -> add(theirs, "cart", "next"));
        add(session, "cart", "late");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.DISCARDED);
        assertThat(stored(cookie, "cart")).containsExactly("given", "next");
    }

    @Test
    @DisplayName("does not either if that save was not needed at all")
    void foundAfterNoSave() {
        String cookie = given();
        SessionManager async = SessionManager.builder(store)
                .codec(new SerializingCodec())
                .clock(clock)
                .executor(Runnable::run)
                .build();
        Session session = async.open(cookie).orElseThrow();
        assertThat(async.saveAsync(session).toCompletableFuture()).isCompletedWithValue(SaveOutcome.UNCHANGED);
        assertThat(session.get("cart", LIST)).isPresent();
        elsewhere(cookie, theirs -> add(theirs, "cart", "next"));
        add(session, "cart", "late");
        assertThat(async.saveAsync(session).toCompletableFuture()).isCompletedWithValue(SaveOutcome.DISCARDED);
        assertThat(stored(cookie, "cart")).containsExactly("given", "next");
    }

    @Test
    @DisplayName("does not either if the response was sent before the first save")
    void foundAfterResponse() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        EngineSession.of(session).responseSent();
        assertThat(session.get("cart", LIST)).isPresent();
        elsewhere(cookie, theirs -> add(theirs, "cart", "next"));
        add(session, "cart", "late");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.DISCARDED);
        assertThat(stored(cookie, "cart")).containsExactly("given", "next");
    }

    @Test
    @DisplayName("is stored if nobody has changed the attribute since, whatever else others changed")
    void undisturbed() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        add(session, "cart", "mine");
        sessions.save(session);
        elsewhere(cookie, theirs -> add(theirs, "wishes", "theirs"));
        add(session, "cart", "late");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(stored(cookie, "cart")).containsExactly("given", "mine", "late");
        assertThat(stored(cookie, "wishes")).containsExactly("given", "theirs");
        assertThat(dropped).isZero();
    }

    @Test
    @DisplayName("is dropped alone: what else the request has changed is stored")
    void others() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        add(session, "cart", "mine");
        add(session, "wishes", "mine");
        sessions.save(session);
        elsewhere(cookie, theirs -> {
            add(theirs, "cart", "next");
            theirs.set("x", 70);
        });
        add(session, "cart", "late");
        add(session, "wishes", "late");
        session.set("x", 2);
        session.compute("n", Integer.class, n -> n.orElse(0) + 1);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(stored(cookie, "cart")).containsExactly("given", "mine", "next");
        assertThat(stored(cookie, "wishes")).containsExactly("given", "mine", "late");
        assertThat(others.open(cookie).orElseThrow().get("x")).contains(2);
        assertThat(others.open(cookie).orElseThrow().get("n")).contains(1);
        assertThat(dropped).isOne();
    }

    @Test
    @DisplayName("wins if the application sets the attribute, as the last writer")
    void set() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        add(session, "cart", "mine");
        sessions.save(session);
        elsewhere(cookie, theirs -> add(theirs, "cart", "next"));
        List<String> cart = session.get("cart", LIST).orElseThrow();
        cart.add("late");
        session.set("cart", cart);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(stored(cookie, "cart")).containsExactly("given", "mine", "late");
    }

    @Test
    @DisplayName("is unlike one of the first save, which wins as the last writer")
    void firstSave() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        add(session, "cart", "mine");
        elsewhere(cookie, theirs -> add(theirs, "cart", "theirs"));
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(stored(cookie, "cart")).containsExactly("given", "mine");
    }

    @Test
    @DisplayName("is stored after a save whose answer was lost, if that is what is stored")
    void afterLostReply() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        add(session, "cart", "mine");
        store.loseNextReply(new SessionStoreException("no answer", null, true));
        assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
        elsewhere(cookie, theirs -> add(theirs, "wishes", "next"));
        add(session, "cart", "late");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(stored(cookie, "cart")).containsExactly("given", "mine", "late");
        assertThat(stored(cookie, "wishes")).containsExactly("given", "next");
    }

    @Test
    @DisplayName(
            "is dropped after a save that was lost, with what that was to store, if the next request was there first")
    void afterLostCall() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        add(session, "cart", "mine");
        store.loseNextCall(new SessionStoreException("no answer", null, true));
        assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
        elsewhere(cookie, theirs -> add(theirs, "cart", "next"));
        add(session, "cart", "late");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.DISCARDED);
        assertThat(stored(cookie, "cart")).containsExactly("given", "next");
    }

    @Test
    @DisplayName("is left out of an id change if another request has changed the attribute since")
    void idChange() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        add(session, "cart", "mine");
        sessions.save(session);
        elsewhere(cookie, theirs -> add(theirs, "cart", "next"));
        add(session, "cart", "late");
        session.set("user", "me");
        assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
        assertThat(stored(session.cookieValue(), "cart")).containsExactly("given", "mine", "next");
        assertThat(others.open(session.cookieValue()).orElseThrow().get("user")).contains("me");
    }
}
