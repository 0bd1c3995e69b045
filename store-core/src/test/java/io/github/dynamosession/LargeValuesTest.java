// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.KeyRing;
import io.github.dynamosession.engine.EngineSession;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.PartStore;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.SessionTooLargeException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UnreadableValueException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A value that is large")
class LargeValuesTest {
    private static final int SIZE = 50_000;

    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);
    private final StepwisePartStore store = new StepwisePartStore(memory);
    private final SessionManager sessions = manager(builder -> {});
    private final SessionManager others = SessionManager.builder(memory)
            .codec(new SerializingCodec())
            .clock(clock)
            .build();

    private SessionManager manager(Consumer<SessionManager.Builder> settings) {
        SessionManager.Builder builder =
                SessionManager.builder(store).codec(new SerializingCodec()).clock(clock);
        settings.accept(builder);
        return builder.build();
    }

    /** What compression does not make smaller. */
    private static byte[] large(int seed) {
        byte[] bytes = new byte[SIZE];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private String given() {
        Session session = sessions.newSession();
        session.set("photo", large(1));
        session.set("n", 1);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        store.fail(-1, false);
        return session.cookieValue();
    }

    private Session opened(String cookie) {
        return sessions.open(cookie).orElseThrow();
    }

    private byte[] stored(String cookie) {
        return others.open(cookie).orElseThrow().get("photo", byte[].class).orElseThrow();
    }

    private EncodedValue inRow(Session session) {
        FindOutcome.Found found =
                (FindOutcome.Found) memory.find(EngineSession.of(session).key())
                        .toCompletableFuture()
                        .join();
        return found.session().attributes().get("photo");
    }

    @Test
    @DisplayName("is written before the row that points to it, and the row is small")
    void writtenFirst() {
        Session session = sessions.newSession();
        session.set("photo", large(1));
        sessions.save(session);
        assertThat(store.steps()).containsExactly("putPart", "create");
        assertThat(PartPointer.of(inRow(session)).orElseThrow().length()).isGreaterThan(SIZE);
        assertThat(inRow(session).bytes()).hasSizeLessThan(100);
    }

    @Test
    @DisplayName("is fetched when it is first read, once, and costs nobody anything who does not read it")
    void fetchedWhenRead() {
        String cookie = given();
        Session session = opened(cookie);
        assertThat(session.names()).contains("photo");
        session.set("n", 2);
        sessions.save(session);
        assertThat(store.steps()).containsExactly("find", "update");
        assertThat(session.get("photo", byte[].class)).contains(large(1));
        assertThat(session.get("photo")).isPresent();
        sessions.save(session);
        assertThat(store.steps()).containsExactly("find", "update", "getPart");
    }

    @Test
    @DisplayName("is written anew only if it was changed in place, and found so without asking what nobody read")
    void changedInPlace() {
        String cookie = given();
        Session session = opened(cookie);
        byte[] photo = session.get("photo", byte[].class).orElseThrow();
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        photo[0]++;
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(store.steps()).containsExactly("find", "getPart", "putPart", "update");
        assertThat(stored(cookie)).isEqualTo(photo);
    }

    @Test
    @DisplayName("may be set and removed without being fetched")
    void setUnread() {
        String cookie = given();
        Session session = opened(cookie);
        session.set("photo", large(2));
        sessions.save(session);
        assertThat(store.steps()).containsExactly("find", "putPart", "update");
        assertThat(stored(cookie)).isEqualTo(large(2));
        Session next = opened(cookie);
        next.remove("photo");
        sessions.save(next);
        assertThat(opened(cookie).get("photo")).isEmpty();
        assertThat(store.steps()).doesNotContain("getPart");
    }

    @Test
    @DisplayName("goes back into the row when it has become small")
    void smallAgain() {
        String cookie = given();
        Session session = opened(cookie);
        session.set("photo", new byte[] {1});
        sessions.save(session);
        assertThat(PartPointer.is(inRow(session))).isFalse();
        assertThat(stored(cookie)).containsExactly(1);
    }

    @Test
    @DisplayName("is computed on what others have stored, and neither click is lost")
    void computed() {
        String cookie = given();
        Session session = opened(cookie);
        session.compute("photo", byte[].class, photo -> added(photo, 0));
        Session theirs = others.open(cookie).orElseThrow();
        theirs.compute("photo", byte[].class, photo -> added(photo, 1));
        others.save(theirs);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        byte[] expected = large(1);
        expected[0]++;
        expected[1]++;
        assertThat(stored(cookie)).isEqualTo(expected);
    }

    private static byte[] added(Optional<byte[]> photo, int index) {
        byte[] changed = photo.orElseThrow().clone();
        changed[index]++;
        return changed;
    }

    @Test
    @DisplayName("is written once if others come between with another attribute")
    void notWrittenTwice() {
        String cookie = given();
        Session session = opened(cookie);
        session.set("photo", large(2));
        session.compute("n", Integer.class, n -> n.orElse(0) + 1);
        Session theirs = others.open(cookie).orElseThrow();
        theirs.compute("n", Integer.class, n -> n.orElse(0) + 1);
        others.save(theirs);
        sessions.save(session);
        assertThat(store.steps()).containsExactly("find", "putPart", "update", "update");
        assertThat(others.open(cookie).orElseThrow().get("n", Integer.class)).contains(3);
        assertThat(stored(cookie)).isEqualTo(large(2));
    }

    @Test
    @DisplayName("of two writers the last one wins, and either part is whole")
    void twoWriters() {
        String cookie = given();
        Session session = opened(cookie);
        session.set("photo", large(2));
        Session theirs = others.open(cookie).orElseThrow();
        theirs.set("photo", large(3));
        others.save(theirs);
        sessions.save(session);
        assertThat(stored(cookie)).isEqualTo(large(2));
        assertThat(theirs.get("photo", byte[].class)).contains(large(3));
    }

    @Test
    @DisplayName("is the old one or the new one whatever step fails, applied or not, and the save can be repeated")
    void everyStep() {
        for (int step = 0; step < 2; step++) {
            for (boolean applied : new boolean[] {false, true}) {
                String cookie = given();
                Session session = opened(cookie);
                session.set("photo", large(2));
                store.fail(step, applied);
                assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
                assertThat(stored(cookie)).isEqualTo(step == 1 && applied ? large(2) : large(1));
                assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
                assertThat(stored(cookie)).isEqualTo(large(2));
            }
        }
    }

    @Test
    @DisplayName("of a new session is there with the session, or neither is")
    void everyStepOfCreation() {
        for (int step = 0; step < 2; step++) {
            Session session = sessions.newSession();
            session.set("photo", large(2));
            store.fail(step, true);
            assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
            assertThat(others.open(session.cookieValue()).isPresent()).isEqualTo(step == 1);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(session.cookieValue())).isEqualTo(large(2));
        }
    }

    @Test
    @DisplayName("is not copied when the id changes, and is good under the new one")
    void idChange() {
        String cookie = given();
        Session session = opened(cookie);
        EncodedValue pointer = inRow(session);
        assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
        assertThat(store.steps()).containsExactly("find", "changeKey");
        assertThat(inRow(session)).isEqualTo(pointer);
        assertThat(stored(session.cookieValue())).isEqualTo(large(1));
    }

    @Test
    @DisplayName("comes along into the session of its own that who loses an id change starts")
    void replaced() {
        for (KeyRing keys : new KeyRing[] {null, KeyRing.of(List.of(EncryptionKey.of("k", new byte[32])))}) {
            SessionManager mine = manager(builder -> builder.encryption(keys));
            Session first = mine.newSession();
            first.set("photo", large(1));
            first.set("read", large(2));
            mine.save(first);
            Session session = mine.open(first.cookieValue()).orElseThrow();
            session.get("read");
            mine.changeId(mine.open(first.cookieValue()).orElseThrow());
            assertThat(mine.changeId(session)).isEqualTo(ChangeIdOutcome.REPLACED);
            assertThat(mine.save(session)).isEqualTo(SaveOutcome.SAVED);
            Session again = mine.open(session.cookieValue()).orElseThrow();
            assertThat(again.get("photo", byte[].class)).contains(large(1));
            assertThat(again.get("read", byte[].class)).contains(large(2));
        }
    }

    @Test
    @DisplayName("that is missing is unreadable, never absent: compute refuses, and nothing overwrites it unasked")
    void missing() {
        SessionManager strict = manager(builder -> builder.unreadableAttributes(UnreadablePolicy.FAIL));
        String cookie = given();
        EncodedValue pointer = inRow(opened(cookie));
        StoredSession former = ((FindOutcome.Found)
                        memory.find(EngineSession.of(opened(cookie)).key())
                                .toCompletableFuture()
                                .join())
                .session();
        assertThat(former.attributes()).containsEntry("photo", pointer);
        Session lost = lostParts(strict, cookie);
        assertThatThrownBy(() -> lost.get("photo")).isInstanceOf(UnreadableValueException.class);
        assertThatThrownBy(() -> lost.compute("photo", byte[].class, photo -> new byte[1]))
                .isInstanceOf(UnreadableValueException.class);
        assertThat(lost.names()).contains("photo");
        assertThat(strict.save(lost)).isEqualTo(SaveOutcome.UNCHANGED);
        assertThat(inRow(lost)).isEqualTo(pointer);
    }

    /** The session's row in a store that has no parts of it. */
    private Session lostParts(SessionManager manager, String cookie) {
        store.loseParts();
        return manager.open(cookie).orElseThrow();
    }

    @Test
    @DisplayName("that was replaced and deleted while this request looked for it is read anew")
    void replacedMeanwhile() {
        String cookie = given();
        Session session = opened(cookie);
        Session theirs = others.open(cookie).orElseThrow();
        theirs.set("photo", large(3));
        others.save(theirs);
        store.loseFirstRead();
        assertThat(session.get("photo", byte[].class)).contains(large(3));
        assertThat(store.steps()).containsExactly("find", "getPart", "find", "getPart");
    }

    @Test
    @DisplayName("that the application named is fetched with the session")
    void prefetched() {
        String cookie = given();
        SessionManager eager = manager(builder -> builder.prefetch("photo", "no such"));
        Session session = eager.open(cookie).orElseThrow();
        assertThat(store.steps()).containsExactly("find", "getPart");
        assertThat(session.get("photo", byte[].class)).contains(large(1));
        assertThat(store.steps()).hasSize(2);
    }

    @Test
    @DisplayName("that is required by name is judged when the session is opened")
    void required() {
        String cookie = given();
        SessionManager requiring = manager(builder -> builder.requiredAttributes("photo"));
        assertThat(requiring.open(cookie)).isPresent();
        assertThat(store.steps()).containsExactly("find", "getPart");
        store.loseParts();
        assertThat(requiring.open(cookie)).isEmpty();
    }

    @Test
    @DisplayName("is not fetched by get on an event loop, which says what to do instead; getAsync fetches it")
    void eventLoop() {
        String cookie = given();
        SessionManager loop = manager(builder -> builder.eventLoop(() -> true).executor(ForkJoinPool.commonPool()));
        Session session = loop.openAsync(cookie).toCompletableFuture().join().orElseThrow();
        assertThatThrownBy(() -> session.get("photo"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("getAsync")
                .hasMessageContaining("dynamosession.prefetch");
        assertThat(session.get("n", Integer.class)).contains(1);
        CompletionStage<Optional<byte[]>> read = session.getAsync("photo", byte[].class);
        assertThat(read.toCompletableFuture().join()).contains(large(1));
        assertThat(session.get("photo", byte[].class)).contains(large(1));
        assertThat(session.getAsync("n", int.class).toCompletableFuture().join())
                .contains(1);
    }

    @Test
    @DisplayName("without an executor is not fetched asynchronously from a store that blocks")
    void withoutExecutor() {
        Session session = opened(given());
        assertThatThrownBy(() -> session.getAsync("photo", byte[].class))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("executor");
    }

    @Test
    @DisplayName("above the ceiling is refused with its name and size before any call, and the rest stays to be saved")
    void ceiling() {
        SessionManager low = manager(builder -> builder.largestValue(SIZE / 2));
        Session session = low.newSession();
        session.set("photo", large(1));
        session.set("n", 1);
        assertThatThrownBy(() -> low.save(session))
                .isInstanceOf(SessionTooLargeException.class)
                .hasMessageContaining("\"photo\"")
                .hasMessageContaining("has 500")
                .hasMessageContaining("largest-value");
        assertThat(store.steps()).isEmpty();
        session.remove("photo");
        assertThat(low.save(session)).isEqualTo(SaveOutcome.SAVED);
    }

    @Test
    @DisplayName("is one of many that are not: the largest leave the row until it is small")
    void many() {
        Session session = sessions.newSession();
        for (int i = 0; i < 30; i++) {
            session.set("a" + i, Arrays.copyOf(large(i), 10_000));
        }
        session.set("small", 1);
        sessions.save(session);
        FindOutcome.Found found =
                (FindOutcome.Found) memory.find(EngineSession.of(session).key())
                        .toCompletableFuture()
                        .join();
        int inRow = found.session().attributes().values().stream()
                .mapToInt(value -> value.bytes().length)
                .sum();
        assertThat(inRow).isLessThan(70_000);
        assertThat(PartPointer.is(found.session().attributes().get("small"))).isFalse();
        Session again = others.open(session.cookieValue()).orElseThrow();
        for (int i = 0; i < 30; i++) {
            assertThat(again.get("a" + i, byte[].class)).contains(Arrays.copyOf(large(i), 10_000));
        }
    }

    @Test
    @DisplayName("lies in the row where the store keeps no parts, or where it is not wanted")
    void inTheRow() {
        String cookie = given();
        SessionManager off = manager(builder -> builder.partsAbove(null));
        Session session = off.open(cookie).orElseThrow();
        assertThat(session.get("photo", byte[].class)).contains(large(1));
        session.set("photo", large(2));
        off.save(session);
        assertThat(PartPointer.is(inRow(session))).isFalse();

        SessionStore without = new RecordingStore(memory);
        assertThat(without).isNotInstanceOf(PartStore.class);
        SessionManager plain = SessionManager.builder(without)
                .codec(new SerializingCodec())
                .clock(clock)
                .build();
        Session inside = plain.newSession();
        inside.set("photo", large(1));
        assertThat(plain.save(inside)).isEqualTo(SaveOutcome.SAVED);
        assertThat(PartPointer.is(inRow(inside))).isFalse();
    }

    @Test
    @DisplayName("is judged by what it is, not by its pointer, where encryption is required")
    void requireEncryption() {
        KeyRing keys = KeyRing.of(List.of(EncryptionKey.of("k", new byte[32])));
        SessionManager strict = manager(builder ->
                builder.encryption(keys).requireEncryption(true).unreadableAttributes(UnreadablePolicy.FAIL));
        String plain = given();
        Session session = strict.open(plain).orElseThrow();
        assertThatThrownBy(() -> session.get("photo"))
                .isInstanceOf(UnreadableValueException.class)
                .hasMessageContaining("not encrypted");
        session.set("photo", large(2));
        assertThat(strict.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(PartPointer.is(inRow(session))).isTrue();
        assertThat(strict.open(plain).orElseThrow().get("photo", byte[].class)).contains(large(2));
        assertThatThrownBy(() -> stored(plain)).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    @DisplayName("stays as long as its session, however often that is touched, and is gone some time after")
    void kept() {
        String cookie = given();
        for (int i = 0; i < 200; i++) {
            clock.advance(Duration.ofMinutes(25));
            sessions.save(opened(cookie));
        }
        assertThat(stored(cookie)).isEqualTo(large(1));
        Session ended = opened(cookie);
        PartPointer pointer = PartPointer.of(inRow(ended)).orElseThrow();
        StoredSession row = ((FindOutcome.Found)
                        memory.find(EngineSession.of(ended).key())
                                .toCompletableFuture()
                                .join())
                .session();
        sessions.end(ended);
        clock.advance(Duration.ofDays(2));
        for (int i = 0; i < 10; i++) {
            Session other = others.newSession();
            other.set("n", i);
            others.save(other);
        }
        assertThat(memory.getPart(row.uid(), pointer).toCompletableFuture().join())
                .isEmpty();
    }
}
