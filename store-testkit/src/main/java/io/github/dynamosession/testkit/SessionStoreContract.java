// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.ExpiredPage;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Access;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.SessionTooLargeException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The contract of {@link SessionStore} as tests. A store's author extends this class, implements
 * {@link #createStore}, and has proved the clauses that the tests' display names cite.
 *
 * <pre>{@code
 * class JdbcSessionStoreTest extends SessionStoreContract {
 *     @Override
 *     protected SessionStore createStore(Clock clock) {
 *         return new JdbcSessionStore(dataSource, clock);
 *     }
 * }
 * }</pre>
 *
 * <p>The clauses of {@link SweepableSessionStore} are tested if the store is one, and otherwise skipped.
 *
 * <p>Each test gets a store and closes it. The stores may share one database: all keys are random. What a
 * store cannot be asked to do (see the methods to override) is reported as skipped, never as passed.
 */
public abstract class SessionStoreContract {
    private static final Duration IDLE = Duration.ofMinutes(30);
    private static final Duration MILLI = Duration.ofMillis(1);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int CONTENDERS = 4;
    private static final int PATIENCE = 1_000;
    private static final int SWEEP_LIMIT = 100;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Token KEY_BINDING = Token.of(new byte[] {0, 1, -1, 127, -128});
    private static final Token OTHER_KEY_BINDING = Token.of(new byte[] {9});

    private MovableClock clock = new MovableClock();
    private @Nullable SessionStore opened;

    /** For the store's own test class. */
    protected SessionStoreContract() {}

    /**
     * Makes the store under test. Called before each test, which closes what it gets.
     *
     * @param clock what the store must decide expiry by; tests move it
     * @return an open store; it may share its database with others
     */
    protected abstract SessionStore createStore(Clock clock);

    /**
     * Whether the store decides expiry by the clock that it is given. One that uses its database's own
     * clock answers false, and the tests that move time are skipped.
     *
     * @return true unless overridden
     */
    protected boolean expiresByClock() {
        return true;
    }

    /**
     * Makes a store whose database cannot be reached: a port that nobody listens to, a closed pool. Its
     * operations should fail within seconds.
     *
     * @param clock as for {@link #createStore}
     * @return empty if there is no such thing, and the tests of C2 are skipped; this is the default
     */
    protected Optional<SessionStore> createUnreachableStore(Clock clock) {
        return Optional.empty();
    }

    /**
     * Whether replies of the database get lost beneath the store, so that what was applied is sent again. The tests of
     * races then allow what C32 says of a write that others came after: without a condition it may be applied once more
     * and count twice (C35); with one, or under a key that the session left, its outcome may be unknown.
     *
     * @return false unless overridden
     */
    protected boolean losesReplies() {
        return false;
    }

    /**
     * How often each race between threads is run.
     *
     * @return at least 1; 10 unless overridden
     */
    protected int rounds() {
        return 10;
    }

    @BeforeEach
    void openStore() {
        clock = new MovableClock();
        opened = createStore(clock);
    }

    @AfterEach
    void closeStore() {
        if (opened != null) {
            opened.close();
        }
    }

    // All operations

    @Test
    @DisplayName("C1: threads that write different attributes at once all win")
    void concurrentWritersOfDifferentAttributes() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey key = created(Map.of("kept", json("0")));
            List<UpdateOutcome> outcomes = race(i -> update(
                    key,
                    delta().set("writer" + i, json("1"))
                            .set("w" + i, binary(10))
                            .build()));
            for (UpdateOutcome outcome : outcomes) {
                assertInstanceOf(UpdateOutcome.Written.class, outcome);
            }
            StoredSession found = found(key);
            assertEquals(1 + 2 * CONTENDERS, found.attributes().size(), "attributes");
            assertVersion(1 + CONTENDERS, found.version());
            Set<UpdateOutcome> versions = new HashSet<>();
            for (long version = 2; version <= found.version(); version++) {
                versions.add(new UpdateOutcome.Written(version));
            }
            Set<UpdateOutcome> told = new HashSet<>(outcomes);
            assertEquals(CONTENDERS, told.size(), "each writer is told the version that it made");
            assertTrue(versions.containsAll(told), () -> "each writer is told the version that it made: " + told);
        }
    }

    @Test
    @DisplayName("C1: a reader sees all of a delta or none of it")
    void readersSeeWholeDeltas() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey key = created(Map.of("a", json("0"), "b", json("0")));
            race(i -> {
                for (int n = 1; n <= 5; n++) {
                    if (i < 2) {
                        EncodedValue value = json(Integer.toString(10 * i + n));
                        update(key, delta().set("a", value).set("b", value).build());
                    } else {
                        StoredSession found = found(key);
                        assertEquals(
                                found.attributes().get("a"), found.attributes().get("b"), "half of a delta");
                    }
                }
                return 0;
            });
        }
    }

    @Test
    @DisplayName("C2, C5: a database that cannot be reached is a SessionStoreException in the stage, never an outcome")
    void unreachable() {
        Optional<SessionStore> made = createUnreachableStore(clock);
        assumeTrue(made.isPresent(), "createUnreachableStore gives no store");
        try (SessionStore unreachable = made.orElseThrow()) {
            SessionKey key = randomKey();
            SessionKey to = randomKey();
            StoredSession session = live(Map.of("name", secret()));
            SessionDelta change = delta().set("name", secret()).build();
            assertFalse(
                    assertFails(unreachable, unreachable.find(key), key).outcomeUnknown(),
                    "a read has no unknown outcome");
            assertFails(unreachable, unreachable.create(key, session), key);
            assertFails(unreachable, unreachable.update(key, change), key);
            assertFails(
                    unreachable,
                    unreachable.changeKey(key, to, session, change, KeyChangeReason.PRIVILEGE_CHANGE),
                    key,
                    to);
            assertFails(unreachable, unreachable.delete(key), key);
            if (unreachable instanceof SweepableSessionStore sweepable) {
                assertFalse(
                        assertFails(sweepable, sweepable.findExpired(null, SWEEP_LIMIT))
                                .outcomeUnknown(),
                        "a read has no unknown outcome");
                StoredSession over = session.toBuilder()
                        .expiresAt(clock.instant().minus(SessionStore.SAVE_GRACE))
                        .build();
                assertFails(sweepable, sweepable.deleteExpired(new ExpiredSession(key, over)), key);
            }
        }
    }

    @Test
    @DisplayName("C3: outcomes are right although every reply is lost and every call repeated")
    void lostReplies() {
        SessionStore lossy = new LossyStore(store(), LossyStore.Loss.REPEAT, LossyStore.always());
        SessionKey key = randomKey();
        StoredSession session = live(Map.of("count", json("0")));
        assertEquals(new CreateOutcome.Written(1), Concurrency.await(lossy.create(key, session)));
        SessionDelta increment = delta().set("count", json("1"))
                .condition(unchanged("count", json("0")))
                .build();
        assertEquals(new UpdateOutcome.Written(2), Concurrency.await(lossy.update(key, increment)));
        SessionDelta second =
                delta().remove("count").condition(new Condition.VersionIs(2)).build();
        assertEquals(new UpdateOutcome.Written(3), Concurrency.await(lossy.update(key, second)));
        clock.advance(SECOND);
        assertEquals(
                new UpdateOutcome.Written(3),
                Concurrency.await(lossy.update(key, delta().access(access(IDLE)).build())));
        SessionKey to = randomKey();
        ChangeKeyOutcome changed = Concurrency.await(lossy.changeKey(
                key, to, found(key), delta().set("user", json("1")).build(), KeyChangeReason.PRIVILEGE_CHANGE));
        assertInstanceOf(ChangeKeyOutcome.Changed.class, changed);
        assertEquals(4, found(to).version(), "each write was applied once");
        assertEquals(Map.of("user", json("1")), found(to).attributes());
    }

    @Test
    @DisplayName("C4: a store that blocks returns completed stages; one that does not, does not wait for them")
    void blocking() {
        SessionKey key = randomKey();
        SessionKey to = randomKey();
        StoredSession session = live(Map.of());
        SessionDelta change = delta().set("a", json("1")).build();
        if (store().isBlocking()) {
            assertAll(
                    () -> assertDone(store().create(key, session)),
                    () -> assertDone(store().find(key)),
                    () -> assertDone(store().update(key, change)),
                    () -> assertDone(store().changeKey(key, to, session, change, KeyChangeReason.ROTATION)),
                    () -> assertDone(store().delete(to)));
        } else {
            // One answer may be there before anybody looks; that all of a hundred are means waiting.
            await(store().create(key, session));
            boolean waited = true;
            for (int i = 0; i < 100; i++) {
                CompletionStage<FindOutcome> stage = store().find(key);
                waited &= stage.toCompletableFuture().isDone();
                await(stage);
            }
            assertFalse(waited, "each of a hundred stages was complete when it was returned: isBlocking() is wrong");
        }
    }

    @Test
    @DisplayName("C5, C6: what is too large is refused with SessionTooLargeException and changes nothing, or kept")
    void tooLarge() {
        EncodedValue huge = binary(1 << 20);
        String longName = "n".repeat(70_000);
        for (Map<String, EncodedValue> attributes : List.of(
                Map.of("huge", huge),
                Map.of(longName, json("1")),
                Map.of("half", binary(250_000), "more", binary(250_000)))) {
            SessionKey key = randomKey();
            StoredSession session = live(attributes);
            if (keeps(() -> store().create(key, session), key)) {
                assertSame(session, found(key));
            } else {
                assertAbsent(key);
            }
            SessionKey other = created(Map.of("half", binary(250_000)));
            StoredSession before = found(other);
            SessionDelta change = setAll(delta(), attributes).build();
            StoredSession after = before.toBuilder().apply(change).build();
            if (keeps(() -> store().update(other, change), other)) {
                assertSame(after, found(other));
            } else {
                assertSame(before, found(other));
            }
            SessionKey moving = created(Map.of("half", binary(250_000)));
            StoredSession seen = found(moving);
            SessionKey to = randomKey();
            if (keeps(
                    () -> store().changeKey(moving, to, seen, change, KeyChangeReason.PRIVILEGE_CHANGE), moving, to)) {
                assertSame(seen.toBuilder().apply(change).build(), found(to));
            } else {
                assertSame(seen, found(moving));
                assertAbsent(to);
            }
        }
    }

    @TestFactory
    @DisplayName("C6: an attribute's name may be any string")
    Stream<DynamicTest> attributeNames() {
        return AttributeNames.ALL.stream()
                .map(name -> DynamicTest.dynamicTest("C6: " + AttributeNames.printable(name), () -> anyName(name)));
    }

    private void anyName(String name) {
        EncodedValue one = json("1");
        EncodedValue two = binary(20);
        SessionKey key = created(Map.of(name, one, "other", one));
        assertEquals(Map.of(name, one, "other", one), found(key).attributes(), "created");
        assertWritten(2, update(key, delta().set(name, two).build()));
        assertEquals(Map.of(name, two, "other", one), found(key).attributes(), "replaced");
        assertConflict(
                update(
                        key,
                        delta().set(name, one).condition(unchanged(name, one)).build()),
                found(key));
        assertWritten(
                3,
                update(key, delta().remove(name).condition(unchanged(name, two)).build()));
        assertEquals(Map.of("other", one), found(key).attributes(), "removed");
        assertWritten(
                4,
                update(
                        key,
                        delta().set(name, one).condition(unchanged(name, null)).build()));
        assertEquals(Map.of(name, one, "other", one), found(key).attributes(), "added");
    }

    @TestFactory
    @DisplayName("C6, C40: an attribute's name may be any string when the session moves, too")
    Stream<DynamicTest> attributeNamesMove() {
        return AttributeNames.ALL.stream()
                .map(name -> DynamicTest.dynamicTest("C6: " + AttributeNames.printable(name), () -> {
                    SessionKey key = created(Map.of(name, json("1"), "other", json("1")));
                    SessionKey to = randomKey();
                    SessionDelta change = delta().set(name, binary(20)).build();
                    changed(key, to, found(key), change, KeyChangeReason.PRIVILEGE_CHANGE);
                    assertEquals(
                            Map.of(name, binary(20), "other", json("1")),
                            found(to).attributes());
                }));
    }

    @Test
    @DisplayName("C6: names that look alike are different attributes")
    void similarNames() {
        Map<String, EncodedValue> attributes = new HashMap<>();
        for (String name : AttributeNames.ALL) {
            attributes.put(name, json(Integer.toString(attributes.size())));
        }
        assertEquals(attributes, found(created(attributes)).attributes(), "created at once");
        SessionKey key = created(Map.of());
        for (Map.Entry<String, EncodedValue> attribute : attributes.entrySet()) {
            SessionDelta change = delta().set(attribute.getKey(), attribute.getValue())
                    .condition(unchanged(attribute.getKey(), null))
                    .build();
            assertInstanceOf(
                    UpdateOutcome.Written.class,
                    update(key, change),
                    () -> AttributeNames.printable(attribute.getKey()));
        }
        assertEquals(attributes, found(key).attributes(), "added one by one");
        SessionKey other = created(Map.of("gone", json("0")));
        assertWritten(
                2, update(other, setAll(delta().remove("gone"), attributes).build()));
        assertEquals(attributes, found(other).attributes(), "added in one delta");
    }

    @Test
    @DisplayName("C6: a session without attributes is a session, and can lose and get its last one")
    void noAttributes() {
        StoredSession empty = live(Map.of());
        SessionKey key = randomKey();
        assertEquals(new CreateOutcome.Written(1), await(store().create(key, empty)));
        assertSame(empty, found(key));
        assertWritten(2, update(key, delta().remove("never there").build()));
        assertWritten(3, update(key, delta().set("a", json("1")).build()));
        assertWritten(4, update(key, delta().remove("a").build()));
        assertEquals(Map.of(), found(key).attributes());
        SessionKey to = randomKey();
        changed(key, to, found(key), delta().build(), KeyChangeReason.ROTATION);
        assertEquals(Map.of(), found(to).attributes());
    }

    @Test
    @DisplayName("C6: a delta may set 500 attributes")
    void manyAttributes() {
        Map<String, EncodedValue> many = numbered(500);
        SessionKey key = created(Map.of("kept", json("0"), "attribute 7", json("\"old\"")));
        StoredSession before = found(key);
        SessionDelta change = setAll(delta(), many).access(later(access(IDLE))).build();
        assertWritten(2, update(key, change));
        assertSame(before.toBuilder().apply(change).build(), found(key));
        assertWritten(2, update(key, change), "C32: repeated");
        assertEquals(501, found(key).attributes().size());
    }

    @Test
    @DisplayName("C6: a delta may remove 300 attributes on condition of 300")
    void manyRemovalsAndConditions() {
        Map<String, EncodedValue> many = numbered(300);
        SessionKey key = created(many);
        SessionDelta.Builder builder = delta();
        Map<String, Optional<EncodedValue>> expected = new HashMap<>();
        many.forEach((name, value) -> {
            builder.remove(name);
            expected.put(name, Optional.of(value));
        });
        SessionDelta removal =
                builder.condition(new Condition.AttributesUnchanged(expected)).build();
        assertWritten(
                2, update(key, delta().set("attribute 150", json("\"other\"")).build()));
        StoredSession before = found(key);
        assertConflict(update(key, removal), before);
        assertSame(before, found(key));
        assertWritten(3, update(key, delta().set("attribute 150", json("150")).build()));
        assertWritten(4, update(key, removal));
        assertEquals(Map.of(), found(key).attributes());
        assertWritten(4, update(key, removal), "C32: repeated");
    }

    @Test
    @DisplayName("C6: an id change may carry 500 attributes")
    void manyAttributesMove() {
        SessionKey key = created(numbered(400));
        StoredSession before = found(key);
        SessionKey to = randomKey();
        SessionDelta.Builder builder = delta();
        for (int i = 0; i < 500; i++) {
            builder.set("more " + i, json("1"));
        }
        SessionDelta change = builder.remove("attribute 3").build();
        changed(key, to, before, change, KeyChangeReason.PRIVILEGE_CHANGE);
        assertSame(before.toBuilder().apply(change).build(), found(to));
    }

    @Test
    @DisplayName("C6, C10: values of no bytes and of 100 KB, text and binary, come back byte for byte")
    void values() {
        Map<String, EncodedValue> values = new HashMap<>();
        values.put("empty binary", binary(0));
        values.put("empty text", EncodedValue.of(EncodedValue.JSON, new byte[0]));
        values.put("large binary", binary(100_000));
        values.put("large text", json('"' + "x".repeat(100_000) + '"'));
        values.put("any text", json("\"\u0000 \u007f \u00e4 \u20ac \ufeff \ufffd \ud83d\ude00 \\ \n\""));
        for (int format : new int[] {
            EncodedValue.MESSAGE_PACK,
            EncodedValue.JAVA,
            EncodedValue.COMPRESSED,
            EncodedValue.ENCRYPTED,
            EncodedValue.FIRST_CUSTOM,
            EncodedValue.LAST_CUSTOM
        }) {
            values.put("format " + format, EncodedValue.of(format, new byte[] {(byte) 0xff, 0, (byte) format}));
        }
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        values.put("all bytes", EncodedValue.of(EncodedValue.FIRST_CUSTOM, all));
        SessionKey key = created(values);
        assertEquals(values, found(key).attributes(), "created");
        SessionKey other = created(Map.of());
        assertWritten(2, update(other, setAll(delta(), values).build()));
        assertEquals(values, found(other).attributes(), "updated");
        Map<String, Optional<EncodedValue>> expected = new HashMap<>();
        values.forEach((name, value) -> expected.put(name, Optional.of(value)));
        SessionDelta change = delta().set("a", json("1"))
                .condition(new Condition.AttributesUnchanged(expected))
                .build();
        assertWritten(3, update(other, change), "compared");
    }

    // find

    @Test
    @DisplayName("C10: finds what was created, with all that is stored")
    void findsWhatWasCreated() {
        Instant now = clock.instant().plusNanos(1_234_567);
        List<StoredSession> sessions = List.of(
                live(Map.of("a", json("1"), "b", binary(30))),
                StoredSession.builder()
                        .uid(Token.random())
                        .createdAt(now.minusSeconds(60))
                        .accessedAt(now.minusSeconds(6))
                        .idleTimeout(Duration.ofMillis(3_600_001))
                        .expiresAt(now.plusSeconds(3_000))
                        .absoluteExpiry(now.plusSeconds(3_000))
                        .build(),
                StoredSession.builder()
                        .uid(Token.of(new byte[] {0}))
                        .createdAt(now)
                        .accessedAt(now)
                        .attributes(Map.of("a", json("1")))
                        .build(),
                StoredSession.builder()
                        .uid(Token.random())
                        .createdAt(now)
                        .accessedAt(now)
                        .expiresAt(now.plusSeconds(60))
                        .absoluteExpiry(now.plusSeconds(60))
                        .build());
        for (StoredSession session : sessions) {
            SessionKey key = randomKey();
            assertEquals(new CreateOutcome.Written(1), await(store().create(key, session)));
            assertSame(session, found(key));
        }
    }

    @Test
    @DisplayName("C10: finds what was moved to the key")
    void findsWhatWasMoved() {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            SessionKey key = created(Map.of("a", json("1"), "b", binary(30)));
            StoredSession before = found(key);
            SessionKey to = randomKey();
            changed(key, to, before, delta().build(), reason);
            assertSame(before, found(to));
        }
    }

    @Test
    @DisplayName("C10: a key that was never used is Absent")
    void neverUsed() {
        assertAbsent(randomKey());
    }

    @Test
    @DisplayName("C11: a session is found until its end has come, and from that instant on it is Absent")
    void expires() {
        SessionKey key = created(Map.of());
        pass(IDLE.minus(MILLI));
        found(key);
        pass(MILLI);
        assertAbsent(key);
        pass(Duration.ofDays(400));
        assertAbsent(key);
    }

    @Test
    @DisplayName("C11: a session without an end does not expire")
    void neverExpires() {
        SessionKey key = randomKey();
        StoredSession session = endless();
        await(store().create(key, session));
        pass(Duration.ofDays(36_500));
        assertSame(session, found(key));
    }

    @Test
    @DisplayName("C12: the old key answers Moved at once, with the time and the reason")
    void movedKey() {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            SessionKey key = created(Map.of());
            Instant before = clock.instant().truncatedTo(ChronoUnit.MILLIS);
            moved(key, reason);
            FindOutcome.Moved moved = assertMoved(key);
            assertEquals(reason, moved.reason());
            pass(SECOND);
            Instant after = clock.instant();
            assertTrue(!moved.at().isBefore(before) && moved.at().isBefore(after), "the time of the move");
            assertEquals(moved, find(key), "the time of the move stays");
        }
    }

    @Test
    @DisplayName("C12: the old key answers Moved until the follow window ends, and never finds anything again")
    void movedKeyLater() {
        List<SessionKey> keys = new ArrayList<>();
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            SessionKey key = created(Map.of());
            moved(key, reason);
            keys.add(key);
        }
        pass(SessionStore.FOLLOW_WINDOW.minus(SECOND));
        keys.forEach(this::assertMoved);
        pass(SECOND.plus(SECOND));
        keys.forEach(this::assertNotFound);
        pass(Duration.ofDays(1));
        keys.forEach(this::assertNotFound);
    }

    @Test
    @DisplayName("C13: find does not write: neither an access nor the removal of what has expired")
    void findDoesNotWrite() {
        SessionKey key = created(Map.of("a", json("1")));
        StoredSession before = found(key);
        pass(SECOND);
        assertSame(before, found(key));
        assertSame(before, found(key));
        pass(IDLE);
        assertAbsent(key);
        assertWritten(
                2, update(key, delta().set("b", json("1")).build()), "C37: the row is still there for a late save");
    }

    // create

    @Test
    @DisplayName("C20: a key that is taken answers Exists, and what is there stays")
    void createOnTakenKey() {
        SessionKey key = randomKey();
        StoredSession first = live(Map.of("a", json("1")));
        await(store().create(key, first));
        StoredSession second = live(Map.of("a", json("2"), "b", json("2")));
        assertEquals(new CreateOutcome.Exists(), await(store().create(key, second)));
        assertSame(first, found(key));
        StoredSession twin = first.toBuilder().uid(Token.random()).build();
        assertEquals(new CreateOutcome.Exists(), await(store().create(key, twin)), "C21: only the uid tells");
        assertSame(first, found(key));
    }

    @Test
    @DisplayName("C20: a key from which a session moved is not free")
    void createOnMovedKey() {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            SessionKey key = created(Map.of("a", json("1")));
            SessionKey to = moved(key, reason);
            StoredSession session = found(to);
            assertEquals(new CreateOutcome.Exists(), await(store().create(key, live(Map.of()))), reason.name());
            assertMoved(key);
            assertSame(session, found(to));
        }
    }

    @Test
    @DisplayName("C20: a key whose session expired is not free as long as the session is stored")
    void createOnExpiredKey() {
        SessionKey key = randomKey();
        StoredSession first = live(Map.of("a", json("1")));
        await(store().create(key, first));
        StoredSession second = live(Map.of("a", json("2")));
        pass(IDLE);
        assertEquals(new CreateOutcome.Exists(), await(store().create(key, second)), "expired only now");
        pass(SessionStore.SAVE_GRACE.minus(MILLI));
        assertEquals(new CreateOutcome.Exists(), await(store().create(key, second)), "a save may still come");
        assertEquals(new CreateOutcome.Written(1), await(store().create(key, first)), "C21: a repetition");
        assertAbsent(key);
        if (store() instanceof SweepableSessionStore) {
            pass(SECOND);
            boolean stored = !expired(key).isEmpty();
            assertEquals(stored, await(store().create(key, second)) instanceof CreateOutcome.Exists, "past the grace");
            if (stored) {
                assertSame(first, assertOnly(key, expired(key)));
            }
        }
    }

    @Test
    @DisplayName("C20: of creators that race for a key exactly one is told Written")
    void createRace() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey key = randomKey();
            List<StoredSession> sessions = IntStream.range(0, CONTENDERS)
                    .mapToObj(i -> live(Map.of("winner", json(Integer.toString(i)))))
                    .toList();
            List<CreateOutcome> outcomes = race(i -> await(store().create(key, sessions.get(i))));
            int winner = onlyIndex(outcomes, CreateOutcome.Written.class);
            assertSame(sessions.get(winner), found(key));
        }
    }

    @Test
    @DisplayName("C21: a repeated create answers Written, with the present version, and changes nothing")
    void createRepeated() {
        SessionKey key = randomKey();
        StoredSession session = live(Map.of("a", json("1")));
        assertEquals(new CreateOutcome.Written(1), await(store().create(key, session)));
        assertEquals(new CreateOutcome.Written(1), await(store().create(key, session)));
        assertSame(session, found(key));
        assertWritten(2, update(key, delta().set("a", json("2")).build()));
        StoredSession changed = found(key);
        assertEquals(new CreateOutcome.Written(2), await(store().create(key, session)));
        assertSame(changed, found(key));
    }

    // update

    @Test
    @DisplayName("C30: sets and removes what the delta names, and leaves the rest")
    void update() {
        SessionKey key = created(Map.of("kept", json("0"), "changed", json("0"), "removed", json("0")));
        StoredSession before = found(key);
        SessionDelta change = delta().set("changed", binary(9))
                .set("added", json("1"))
                .remove("removed")
                .remove("never there")
                .build();
        assertWritten(2, update(key, change));
        assertSame(before.toBuilder().apply(change).build(), found(key));
    }

    @Test
    @DisplayName("C30: a value may change from text to binary and back")
    void updateChangesFormat() {
        SessionKey key = created(Map.of("a", json("1")));
        EncodedValue binary =
                EncodedValue.of(EncodedValue.FIRST_CUSTOM, json("1").bytes());
        assertWritten(2, update(key, delta().set("a", binary).build()));
        assertEquals(Map.of("a", binary), found(key).attributes());
        assertWritten(3, update(key, delta().set("a", json("1")).build()));
        assertEquals(Map.of("a", json("1")), found(key).attributes());
    }

    @Test
    @DisplayName("C31: an update of a session that was never created is Gone and creates nothing")
    void updateNeverCreates() {
        for (SessionDelta change : changesOfAnyKind()) {
            SessionKey key = randomKey();
            assertEquals(new UpdateOutcome.Gone(), update(key, change), change::toString);
            assertAbsent(key);
            assertEquals(
                    new CreateOutcome.Written(1), await(store().create(key, live(Map.of()))), "the key stayed free");
        }
    }

    @Test
    @DisplayName("C31: an update never brings a deleted session back")
    void updateNeverRevives() {
        for (SessionDelta change : changesOfAnyKind()) {
            SessionKey key = created(Map.of("a", json("1")));
            assertEquals(DeleteOutcome.DELETED, delete(key));
            assertEquals(new UpdateOutcome.Gone(), update(key, change), change::toString);
            assertAbsent(key);
            assertEquals(DeleteOutcome.ABSENT, delete(key));
        }
    }

    @Test
    @DisplayName("C31: an update that races with a deletion does not bring the session back")
    void updateRacesWithDelete() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey key = created(Map.of("a", json("1")));
            List<Object> outcomes = race(i -> i == 0
                    ? delete(key)
                    : update(
                            key,
                            delta().set("a", json("2"))
                                    .access(later(access(IDLE)))
                                    .build()));
            assertEquals(DeleteOutcome.DELETED, outcomes.get(0));
            for (Object outcome : outcomes.subList(1, outcomes.size())) {
                assertTrue(
                        outcome instanceof UpdateOutcome.Written || outcome instanceof UpdateOutcome.Gone,
                        () -> outcome.toString());
            }
            assertAbsent(key);
        }
    }

    @Test
    @DisplayName("C32: a repeated delta answers Written with the same version and changes nothing")
    void updateRepeated() {
        List<SessionDelta> changes = List.of(
                delta().set("a", json("2")).build(),
                delta().remove("a").build(),
                delta().set("a", json("2"))
                        .remove("b")
                        .access(later(access(IDLE)))
                        .build(),
                delta().changeIdleTimeout(access(Duration.ofMinutes(40))).build(),
                delta().set("a", json("2")).condition(unchanged("a", json("1"))).build(),
                delta().set("c", json("2")).condition(unchanged("c", null)).build(),
                delta().set("a", json("2"))
                        .condition(new Condition.VersionIs(1))
                        .build());
        for (SessionDelta change : changes) {
            SessionKey key = created(Map.of("a", json("1"), "b", json("1")));
            assertWritten(2, update(key, change));
            StoredSession after = found(key);
            assertWritten(2, update(key, change), "repeated: " + change);
            assertWritten(2, update(key, change), "repeated again: " + change);
            assertSame(after, found(key));
        }
    }

    @Test
    @DisplayName("C32: a repeated delta is known although a touch came between")
    void updateRepeatedAfterTouch() {
        SessionKey key = created(Map.of("a", json("1")));
        SessionDelta change =
                delta().set("a", json("2")).condition(unchanged("a", json("1"))).build();
        assertWritten(2, update(key, change));
        clock.advance(SECOND);
        assertWritten(2, update(key, delta().access(access(IDLE)).build()));
        StoredSession touched = found(key);
        assertWritten(2, update(key, change), "repeated");
        assertSame(touched, found(key));
    }

    @Test
    @DisplayName("C32, C38: a repeated delta is known although the session was rotated between")
    void updateRepeatedAfterRotation() {
        SessionKey key = created(Map.of("a", json("1")));
        SessionDelta change =
                delta().set("a", json("2")).condition(unchanged("a", json("1"))).build();
        assertWritten(2, update(key, change));
        SessionKey to = moved(key, KeyChangeReason.ROTATION);
        StoredSession after = found(to);
        assertWrittenBehind(2, update(key, change), "repeated under the old key");
        assertSame(after, found(to));
    }

    @Test
    @DisplayName(
            "C32, C38: a repeated delta is known under a key that the session left since, a privilege change included")
    void updateRepeatedAfterMove() {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            for (SessionDelta move :
                    List.of(delta().build(), delta().set("a", json("3")).build())) {
                SessionKey key = created(Map.of("a", json("1")));
                SessionDelta change = delta().set("a", json("2"))
                        .condition(unchanged("a", json("1")))
                        .build();
                assertWritten(2, update(key, change));
                SessionKey to = randomKey();
                StoredSession after = changed(key, to, found(key), move, reason);
                assertWrittenBehind(2, update(key, change), "repeated under the old key after a " + reason);
                assertSame(after, found(to));
                if (reason == KeyChangeReason.PRIVILEGE_CHANGE) {
                    assertEquals(
                            new UpdateOutcome.Moved(),
                            update(key, delta().set("a", json("4")).build()),
                            "another delta");
                }
            }
        }
    }

    @Test
    @DisplayName("C32: an id change that changes data is a data write: a delta from before it is no longer known")
    void updateRepeatedAfterMoveWithData() {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            for (Condition condition : List.of(unchanged("a", json("1")), new Condition.VersionIs(1))) {
                SessionKey key = created(Map.of("a", json("1")));
                SessionDelta change =
                        delta().set("a", json("2")).condition(condition).build();
                assertWritten(2, update(key, change));
                SessionKey to = randomKey();
                StoredSession after =
                        changed(key, to, found(key), delta().set("a", json("3")).build(), reason);
                try {
                    assertConflict(update(to, change), after);
                } catch (SessionStoreException e) {
                    assertTrue(e.outcomeUnknown(), "the exception says that the outcome is unknown");
                }
                assertSame(after, found(to));
            }
        }
    }

    @Test
    @DisplayName(
            "C32: a repetition that says so is a Conflict after one other write, and its outcome unknown after two")
    void repetitionThatSaysSo() {
        SessionKey key = created(Map.of("a", json("1")));
        SessionDelta repetition = delta().set("a", json("2"))
                .condition(unchanged("a", json("1")))
                .seenVersion(1)
                .build()
                .repeated();
        assertWritten(2, update(key, delta().set("a", json("3")).build()));
        assertInstanceOf(UpdateOutcome.Conflict.class, update(key, repetition));
        // Set back: the condition holds again, and an earlier attempt may be behind it.
        assertWritten(3, update(key, delta().set("a", json("1")).build()));
        SessionStoreException failure =
                assertThrows(SessionStoreException.class, () -> update(key, repetition), "applied twice, perhaps");
        assertTrue(failure.outcomeUnknown(), "the exception says that the outcome is unknown");
        assertEquals(3, found(key).version());
    }

    @Test
    @DisplayName("C32: a conditional delta is not applied twice, even if another write came between")
    void updateRepeatedAfterAnother() {
        SessionKey key = created(Map.of("count", json("0")));
        SessionDelta increment = delta().set("count", json("1"))
                .condition(unchanged("count", json("0")))
                .build();
        assertWritten(2, update(key, increment));
        assertWritten(3, update(key, delta().set("b", json("1")).build()));
        StoredSession before = found(key);
        try {
            UpdateOutcome outcome = update(key, increment);
            assertFalse(
                    outcome instanceof UpdateOutcome.Written w && w.version() != 3, () -> "applied twice: " + outcome);
        } catch (SessionStoreException e) {
            assertTrue(e.outcomeUnknown(), "the exception says that the outcome is unknown");
        }
        assertSame(before, found(key));
    }

    @Test
    @DisplayName("C33: AttributesUnchanged holds where the attributes are stored as named, whatever the others are")
    void attributesUnchanged() {
        SessionKey key = created(Map.of("a", json("1"), "b", binary(5), "c", json("1")));
        assertWritten(2, update(key, delta().set("c", json("2")).build()));
        Condition.AttributesUnchanged condition = new Condition.AttributesUnchanged(Map.of(
                "a", Optional.of(json("1")),
                "b", Optional.of(binary(5)),
                "absent", Optional.empty()));
        assertWritten(
                3, update(key, delta().set("a", json("2")).condition(condition).build()));
        assertEquals(json("2"), found(key).attributes().get("a"));
    }

    @Test
    @DisplayName(
            "C33: if one attribute is stored otherwise, the outcome is Conflict with what is stored, and nothing changes")
    void attributesChanged() {
        EncodedValue sameBytes =
                EncodedValue.of(EncodedValue.FIRST_CUSTOM, json("1").bytes());
        SessionKey key = created(Map.of("a", json("1"), "b", json("1")));
        StoredSession before = found(key);
        for (Map<String, Optional<EncodedValue>> expected : List.<Map<String, Optional<EncodedValue>>>of(
                Map.of("a", Optional.of(json("2"))),
                Map.of("a", Optional.empty()),
                Map.of("a", Optional.of(sameBytes)),
                Map.of("absent", Optional.of(json("1"))),
                Map.of("a", Optional.of(json("1")), "b", Optional.of(json("2"))))) {
            SessionDelta change = delta().set("a", json("3"))
                    .set("d", json("3"))
                    .remove("b")
                    .access(later(access(IDLE)))
                    .condition(new Condition.AttributesUnchanged(expected))
                    .build();
            assertConflict(update(key, change), before);
            assertSame(before, found(key));
        }
    }

    @Test
    @DisplayName("C33: threads that increment one attribute, each on condition of what it saw, lose and double nothing")
    void computeRace() {
        int each = Math.max(5, rounds());
        SessionKey key = created(Map.of("count", json("0")));
        List<Integer> told = race(i -> {
            int written = 0;
            for (int n = 0; n < each; n++) {
                written += increment(key, "count") ? 1 : 0;
            }
            return written;
        });
        int least = told.stream().mapToInt(Integer::intValue).sum();
        StoredSession found = found(key);
        int count = number(found.attributes().get("count"));
        assertTrue(
                least <= count && count <= CONTENDERS * each,
                () -> count + " are stored of " + CONTENDERS * each + ", and " + least + " were told Written");
        assertEquals(1 + count, found.version(), "C35: one version for each");
    }

    @Test
    @DisplayName("C34: VersionIs holds at that version; after any change of data it is a Conflict with what is stored")
    void versionIs() {
        SessionKey key = created(Map.of("a", json("1")));
        clock.advance(SECOND);
        assertWritten(1, update(key, delta().access(access(IDLE)).build()), "a touch is no change of data");
        SessionDelta.Builder first = delta().set("a", json("2"));
        assertWritten(2, update(key, first.condition(new Condition.VersionIs(1)).build()));
        StoredSession before = found(key);
        for (long version : new long[] {1, 3}) {
            SessionDelta.Builder second = delta().set("b", json("2"));
            assertConflict(
                    update(
                            key,
                            second.condition(new Condition.VersionIs(version)).build()),
                    before);
        }
        assertSame(before, found(key));
    }

    @Test
    @DisplayName("C34: of writers that race at one version exactly one is told Written")
    void versionRace() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey key = created(Map.of());
            List<UpdateOutcome> outcomes = race(i -> update(
                    key,
                    delta().set("winner", json(Integer.toString(i)))
                            .condition(new Condition.VersionIs(1))
                            .build()));
            int winner = onlyIndex(outcomes, UpdateOutcome.Written.class);
            for (UpdateOutcome outcome : outcomes) {
                assertTrue(outcome instanceof UpdateOutcome.Written || outcome instanceof UpdateOutcome.Conflict);
            }
            assertEquals(
                    Map.of("winner", json(Integer.toString(winner))), found(key).attributes());
        }
    }

    @Test
    @DisplayName("C35: the version grows by one with each change of data, and by nothing else")
    void version() {
        SessionKey key = created(Map.of("a", json("1")));
        assertWritten(
                2, update(key, delta().set("a", json("2")).set("b", json("2")).build()));
        assertWritten(3, update(key, delta().set("a", json("2")).build()), "the same value again");
        assertWritten(4, update(key, delta().remove("a").build()));
        assertWritten(5, update(key, delta().remove("never there").build()));
        assertWritten(
                6,
                update(
                        key,
                        delta().changeIdleTimeout(access(Duration.ofHours(1))).build()));
        clock.advance(SECOND);
        assertWritten(6, update(key, delta().access(access(Duration.ofHours(1))).build()), "a touch");
        assertConflict(
                update(
                        key,
                        delta().set("a", json("3"))
                                .condition(new Condition.VersionIs(1))
                                .build()),
                found(key));
        assertEquals(6, found(key).version());
        SessionKey to = randomKey();
        changed(key, to, found(key), delta().access(later(access(IDLE))).build(), KeyChangeReason.ROTATION);
        assertEquals(6, found(to).version(), "a move that changes no data");
        SessionKey further = randomKey();
        changed(to, further, found(to), delta().set("c", json("1")).build(), KeyChangeReason.ROTATION);
        assertEquals(7, found(further).version(), "a move that changes data");
    }

    @Test
    @DisplayName("C36: a touch moves the end forward and records the access, and nothing else")
    void touch() {
        SessionKey key = created(Map.of("a", json("1")));
        StoredSession before = found(key);
        clock.advance(Duration.ofMinutes(10));
        Access access = access(IDLE);
        assertWritten(1, update(key, delta().access(access).build()));
        assertSame(
                before.toBuilder()
                        .accessedAt(access.accessedAt())
                        .expiresAt(access.expiresAt().orElseThrow())
                        .build(),
                found(key));
    }

    @Test
    @DisplayName("C36: an access never moves the end backward; the rest of its delta is applied")
    void touchBackward() {
        SessionKey key = created(Map.of("a", json("1")));
        Access early = access(IDLE);
        assertWritten(1, update(key, delta().access(later(early)).build()));
        StoredSession before = found(key);
        assertWritten(1, update(key, delta().access(early).build()));
        assertSame(before, found(key));
        SessionDelta change = delta().set("b", json("1")).remove("a").build();
        SessionDelta late =
                delta().set("b", json("1")).remove("a").access(early).build();
        assertWritten(2, update(key, late));
        assertSame(before.toBuilder().apply(change).build(), found(key));
    }

    @Test
    @DisplayName(
            "C36: an access that moves only one of its times forward is left out; the rest of its delta is applied")
    void touchHalfForward() {
        SessionKey key = created(Map.of("a", json("1")));
        Instant now = clock.instant();
        Instant end = now.plus(IDLE);
        List<Access> halves = List.of(
                new Access(now.plusSeconds(60), Optional.of(IDLE), Optional.of(end.minusSeconds(60))),
                new Access(now.minusSeconds(60), Optional.of(IDLE), Optional.of(end.plusSeconds(60))));
        StoredSession expected = found(key);
        for (Access half : halves) {
            assertWritten(expected.version(), update(key, delta().access(half).build()), "a touch");
            assertSame(expected, found(key));
            SessionDelta change = delta().set("a", json("2")).access(half).build();
            expected = expected.toBuilder()
                    .attributes(change.set())
                    .version(expected.version() + 1)
                    .build();
            assertWritten(expected.version(), update(key, change), "with a change of data");
            assertSame(expected, found(key));
        }
        for (Access half : halves) {
            SessionKey to = randomKey();
            assertSame(
                    expected, changed(key, to, found(key), delta().access(half).build(), KeyChangeReason.ROTATION));
            key = to;
        }
    }

    @Test
    @DisplayName("C36: an access computed from another idle timeout is left out; the rest of its delta is applied")
    void touchOfAnotherTimeout() {
        SessionKey key = created(Map.of("a", json("1")));
        assertWritten(
                2,
                update(
                        key,
                        delta().changeIdleTimeout(access(Duration.ofMinutes(10)))
                                .build()));
        StoredSession before = found(key);
        clock.advance(SECOND);
        for (Access stale : List.of(access(IDLE), endlessAccess())) {
            assertWritten(2, update(key, delta().access(stale).build()));
            assertSame(before, found(key));
        }
        assertWritten(
                3, update(key, delta().set("a", json("2")).access(access(IDLE)).build()));
        StoredSession after = found(key);
        assertEquals(json("2"), after.attributes().get("a"));
        assertEquals(before.expiresAt(), after.expiresAt());
        assertEquals(before.idleTimeout(), after.idleTimeout());
    }

    @Test
    @DisplayName("C36: a session without an end keeps none when it is used, whatever a late access says")
    void touchWithoutEnd() {
        SessionKey key = randomKey();
        StoredSession session = endless();
        await(store().create(key, session));
        clock.advance(SECOND);
        assertWritten(1, update(key, delta().access(endlessAccess()).build()));
        assertWritten(1, update(key, delta().access(access(IDLE)).build()));
        assertEquals(Optional.empty(), found(key).expiresAt());
        assertEquals(Optional.empty(), found(key).idleTimeout());
        assertWritten(
                2, update(key, delta().set("a", json("1")).access(access(IDLE)).build()));
        assertEquals(Optional.empty(), found(key).expiresAt());
    }

    @Test
    @DisplayName("C36: a new idle timeout sets the end with it: later, earlier, to none and back")
    void changeOfIdleTimeout() {
        SessionKey key = created(Map.of("a", json("1")));
        StoredSession expected = found(key);
        clock.advance(SECOND);
        for (Access access : List.of(
                access(Duration.ofMinutes(60)),
                access(Duration.ofMinutes(5)),
                endlessAccess(),
                access(Duration.ofMinutes(20)))) {
            SessionDelta change = delta().changeIdleTimeout(access).build();
            expected = expected.toBuilder().apply(change).build();
            assertWritten(expected.version(), update(key, change));
            assertSame(expected, found(key));
        }
    }

    @Test
    @DisplayName("C36: of touches that race, the latest end stays")
    void touchRace() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey key = created(Map.of());
            Instant now = clock.instant();
            race(i -> update(
                    key,
                    delta().access(new Access(
                                    now.plusSeconds(i),
                                    Optional.of(IDLE),
                                    Optional.of(now.plusSeconds(i).plus(IDLE))))
                            .build()));
            assertEquals(
                    Optional.of(now.plusSeconds(CONTENDERS - 1).plus(IDLE)),
                    found(key).expiresAt());
        }
    }

    @Test
    @DisplayName("C37: a touch never revives: a moment before the end it is Written, from the end on Gone")
    void touchNeverRevives() {
        SessionKey late = created(Map.of());
        SessionKey inTime = created(Map.of());
        pass(IDLE.minus(MILLI));
        assertWritten(1, update(inTime, delta().access(access(IDLE)).build()));
        pass(MILLI);
        assertEquals(
                new UpdateOutcome.Gone(),
                update(late, delta().access(access(IDLE)).build()));
        assertAbsent(late);
        found(inTime);
        pass(SECOND);
        assertEquals(
                new UpdateOutcome.Gone(),
                update(late, delta().access(access(IDLE)).build()));
        assertAbsent(late);
    }

    @Test
    @DisplayName("C37: a change of data is accepted within the grace after the end, and Gone after it")
    void saveGrace() {
        List<SessionKey> keys =
                Stream.generate(() -> created(Map.of("a", json("1")))).limit(4).toList();
        pass(IDLE);
        assertWritten(2, update(keys.get(0), delta().set("b", json("1")).build()), "at the end");
        assertAbsent(keys.get(0));
        pass(SessionStore.SAVE_GRACE.minus(MILLI));
        assertWritten(2, update(keys.get(1), delta().remove("a").build()), "just within the grace");
        assertAbsent(keys.get(1));
        assertWritten(
                2,
                update(
                        keys.get(2),
                        delta().changeIdleTimeout(access(Duration.ofHours(1))).build()),
                "an idle timeout is data");
        found(keys.get(2));
        pass(MILLI.plus(MILLI));
        for (SessionDelta change : changesOfAnyKind()) {
            assertEquals(new UpdateOutcome.Gone(), update(keys.get(3), change), "past the grace");
        }
        assertAbsent(keys.get(3));
    }

    @Test
    @DisplayName("C36, C37: a save within the grace records its access, and the session is found again")
    void saveGraceWithAccess() {
        SessionKey key = created(Map.of());
        pass(IDLE.minus(SECOND));
        Access inTime = access(IDLE);
        pass(SECOND.plus(SECOND));
        assertWritten(2, update(key, delta().set("a", json("1")).access(inTime).build()));
        StoredSession found = found(key);
        assertEquals(inTime.expiresAt(), found.expiresAt());
        assertEquals(Map.of("a", json("1")), found.attributes());
    }

    @Test
    @DisplayName("C37, C33: a condition decides within the grace, too")
    void saveGraceWithCondition() {
        SessionKey key = created(Map.of("a", json("1")));
        pass(IDLE.plus(SECOND));
        assertInstanceOf(
                UpdateOutcome.Conflict.class,
                update(
                        key,
                        delta().set("a", json("3"))
                                .condition(unchanged("a", json("2")))
                                .build()));
        assertWritten(
                2,
                update(
                        key,
                        delta().set("a", json("3"))
                                .condition(unchanged("a", json("1")))
                                .build()));
    }

    @Test
    @DisplayName("C38: after a privilege change or a step-up writes under the old key answer Moved and reach nothing")
    void updateAfterPrivilegeChange() {
        for (KeyChangeReason reason : List.of(KeyChangeReason.PRIVILEGE_CHANGE, KeyChangeReason.STEP_UP)) {
            SessionKey key = created(Map.of("a", json("1")));
            SessionKey to = moved(key, reason);
            StoredSession before = found(to);
            for (SessionDelta change : changesOfAnyKind()) {
                assertEquals(new UpdateOutcome.Moved(), update(key, change), change::toString);
            }
            assertSame(before, found(to));
            assertMoved(key);
        }
    }

    @Test
    @DisplayName("C38: after a rotation writes under the old key are applied under the new one, and Written says so")
    void updateAfterRotation() {
        SessionKey key = created(Map.of("a", json("1"), "b", json("1")));
        SessionKey to = moved(key, KeyChangeReason.ROTATION);
        StoredSession before = found(to);
        SessionDelta change = delta().set("a", json("2"))
                .remove("b")
                .access(later(access(IDLE)))
                .build();
        assertWrittenBehind(2, update(key, change));
        StoredSession after = before.toBuilder().apply(change).build();
        assertSame(after, found(to));
        assertWrittenBehind(2, update(key, change), "C32: repeated");
        assertConflict(
                update(
                        key,
                        delta().set("a", json("3"))
                                .condition(unchanged("a", json("1")))
                                .build()),
                after);
        assertWrittenBehind(
                3,
                update(
                        key,
                        delta().set("a", json("3"))
                                .condition(unchanged("a", json("2")))
                                .build()));
        clock.advance(Duration.ofMinutes(1));
        Access access = access(IDLE);
        assertWrittenBehind(3, update(key, delta().access(access).build()), "a touch");
        assertEquals(access.expiresAt(), found(to).expiresAt());
        assertMoved(key);
    }

    @Test
    @DisplayName("C38: the following ends with the follow window")
    void updateAfterFollowWindow() {
        SessionKey key = created(Map.of());
        SessionKey to = moved(key, KeyChangeReason.ROTATION);
        pass(SessionStore.FOLLOW_WINDOW.minus(SECOND));
        assertWrittenBehind(2, update(key, delta().set("a", json("1")).build()), "within the window");
        pass(SECOND.plus(SECOND));
        StoredSession before = found(to);
        for (SessionDelta change : changesOfAnyKind()) {
            UpdateOutcome outcome = update(key, change);
            assertTrue(
                    outcome instanceof UpdateOutcome.Moved || outcome instanceof UpdateOutcome.Gone, outcome::toString);
        }
        assertSame(before, found(to));
    }

    @Test
    @DisplayName("C31, C38: a write that follows a rotation brings no deleted session back")
    void updateFollowsToDeleted() {
        for (SessionDelta change : changesOfAnyKind()) {
            SessionKey key = created(Map.of("a", json("1")));
            SessionKey to = moved(key, KeyChangeReason.ROTATION);
            assertEquals(DeleteOutcome.DELETED, delete(to));
            UpdateOutcome outcome = update(key, change);
            assertTrue(
                    outcome instanceof UpdateOutcome.Gone || outcome instanceof UpdateOutcome.Moved, outcome::toString);
            assertAbsent(to);
            assertNotFound(key);
        }
    }

    @Test
    @DisplayName("C37, C38: a touch that follows a rotation does not revive")
    void touchFollowsToExpired() {
        SessionKey key = randomKey();
        await(store().create(key, live(Map.of(), Duration.ofMinutes(1))));
        SessionKey to = moved(key, KeyChangeReason.ROTATION);
        pass(Duration.ofMinutes(1));
        assertEquals(
                new UpdateOutcome.Gone(),
                update(key, delta().access(access(Duration.ofMinutes(1))).build()));
        assertAbsent(to);
    }

    @Test
    @DisplayName("C38: a write follows two rotations, but never past a privilege change")
    void updateFollowsTwice() {
        SessionKey first = created(Map.of());
        SessionKey second = moved(first, KeyChangeReason.ROTATION);
        SessionKey third = moved(second, KeyChangeReason.ROTATION);
        assertWrittenBehind(2, update(first, delta().set("a", json("1")).build()));
        assertEquals(Map.of("a", json("1")), found(third).attributes());
        SessionKey fourth = moved(third, KeyChangeReason.PRIVILEGE_CHANGE);
        StoredSession before = found(fourth);
        for (SessionKey old : List.of(first, second, third)) {
            assertEquals(
                    new UpdateOutcome.Moved(),
                    update(old, delta().set("a", json("2")).build()));
        }
        assertSame(before, found(fourth));
    }

    @Test
    @DisplayName("C38, C51: writes and deletions follow as many rotations as a session may have, and never lose it")
    void followsAllTheWay() {
        SessionKey first = created(Map.of());
        SessionKey last = first;
        for (int i = 0; i < SessionStore.MAX_FOLLOWED; i++) {
            last = moved(last, KeyChangeReason.ROTATION);
        }
        assertWrittenBehind(2, update(first, delta().set("a", json("1")).build()));
        assertEquals(Map.of("a", json("1")), found(last).attributes());
        SessionKey beyond = moved(last, KeyChangeReason.ROTATION);
        try {
            assertWrittenBehind(3, update(first, delta().set("a", json("2")).build()));
            assertEquals(DeleteOutcome.DELETED, delete(first));
            assertAbsent(beyond);
        } catch (SessionStoreException tooFar) {
            assertFalse(tooFar.outcomeUnknown(), "nothing was changed");
            assertThrows(SessionStoreException.class, () -> delete(first), "never ABSENT where the session lives");
            found(beyond);
            assertEquals(DeleteOutcome.DELETED, delete(last));
        }
    }

    @Test
    @DisplayName("C38, C51: writes and deletions follow the session, not the key: a stranger under it is left alone")
    void followsTheSession() {
        SessionKey key = created(Map.of());
        SessionKey to = moved(key, KeyChangeReason.ROTATION);
        assertEquals(DeleteOutcome.DELETED, delete(to));
        StoredSession stranger = live(Map.of("a", json("1")));
        assumeTrue(
                await(store().create(to, stranger)) instanceof CreateOutcome.Written,
                "a key that was used is never free again");
        assertFalse(
                update(key, delta().set("a", json("2")).build()) instanceof UpdateOutcome.Written,
                "written into another session");
        assertNotEquals(DeleteOutcome.DELETED, delete(key), "deleted another session");
        assertSame(stranger, found(to));
    }

    @Test
    @DisplayName("C39: uid, creation and absolute expiry never change")
    void immutables() {
        Instant now = clock.instant();
        StoredSession session = StoredSession.builder()
                .uid(Token.random())
                .createdAt(now.minusSeconds(1000))
                .accessedAt(now)
                .idleTimeout(IDLE)
                .expiresAt(now.plus(IDLE))
                .absoluteExpiry(now.plus(Duration.ofDays(1)))
                .build();
        SessionKey key = randomKey();
        await(store().create(key, session));
        clock.advance(SECOND);
        for (SessionDelta change : changesOfAnyKind()) {
            update(key, change);
            assertImmutables(session, found(key));
        }
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            SessionKey to = randomKey();
            StoredSession forged = found(key).toBuilder()
                    .uid(Token.random())
                    .createdAt(now)
                    .absoluteExpiry(null)
                    .build();
            changed(key, to, forged, delta().set("a", json("1")).build(), reason);
            assertImmutables(session, found(to));
            key = to;
        }
    }

    // changeKey

    @Test
    @DisplayName("C40: moves what is stored, not what was seen, with the delta applied, and tells what is stored then")
    void changeKey() {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            SessionKey key = created(Map.of("a", json("1"), "b", json("1"), "c", json("1")));
            StoredSession seen = found(key);
            assertWritten(
                    2,
                    update(
                            key,
                            delta().set("a", json("2")).set("late", json("2")).build()));
            StoredSession stored = found(key);
            clock.advance(SECOND);
            SessionDelta change =
                    delta().set("b", json("3")).remove("c").access(access(IDLE)).build();
            SessionKey to = randomKey();
            StoredSession changed = changed(key, to, seen, change, reason);
            assertSame(stored.toBuilder().apply(change).build(), changed);
            assertSame(changed, found(to));
            assertMoved(key);
        }
    }

    @Test
    @DisplayName("C40, C36: a move may change the idle timeout, and never moves the end backward otherwise")
    void changeKeyWithAccess() {
        SessionKey key = created(Map.of());
        Access early = access(IDLE);
        assertWritten(1, update(key, delta().access(later(early)).build()));
        StoredSession before = found(key);
        SessionKey to = randomKey();
        assertSame(before, changed(key, to, before, delta().access(early).build(), KeyChangeReason.ROTATION));
        SessionKey further = randomKey();
        SessionDelta shorter =
                delta().changeIdleTimeout(access(Duration.ofMinutes(5))).build();
        changed(to, further, before, shorter, KeyChangeReason.ROTATION);
        assertSame(before.toBuilder().apply(shorter).build(), found(further));
    }

    @Test
    @DisplayName("C40: nobody sees the session under no key: whoever is told Moved finds it under the new one")
    void changeKeyIsOneInstant() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey from = created(Map.of("a", json("1")));
            StoredSession seen = found(from);
            SessionKey to = randomKey();
            KeyChangeReason reason = reason(round);
            race(i -> {
                if (i == 0) {
                    return changed(from, to, seen, delta().set("b", json("1")).build(), reason);
                }
                for (int n = 0; n < PATIENCE; n++) {
                    boolean left = find(from) instanceof FindOutcome.Moved;
                    boolean arrived = find(to) instanceof FindOutcome.Found;
                    assertTrue(arrived || !left, "under no key");
                    if (left) {
                        break;
                    }
                }
                return seen;
            });
        }
    }

    @Test
    @DisplayName("C41: of racers for an id change exactly one is told Changed, the others Moved")
    void changeKeyRace() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey from = created(Map.of());
            StoredSession seen = found(from);
            KeyChangeReason reason = reason(round);
            List<SessionKey> targets = Stream.generate(SessionStoreContract::randomKey)
                    .limit(CONTENDERS)
                    .toList();
            List<ChangeKeyOutcome> outcomes = race(i -> changeKey(
                    from,
                    targets.get(i),
                    seen,
                    delta().set("winner", json(Integer.toString(i))).build(),
                    reason));
            int winner = onlyIndex(outcomes, ChangeKeyOutcome.Changed.class);
            for (int i = 0; i < CONTENDERS; i++) {
                if (i == winner) {
                    assertEquals(
                            Map.of("winner", json(Integer.toString(i))),
                            found(targets.get(i)).attributes());
                } else {
                    assertEquals(new ChangeKeyOutcome.Moved(), outcomes.get(i));
                    assertAbsent(targets.get(i));
                }
            }
        }
    }

    @Test
    @DisplayName("C42: a repeated id change answers Changed and changes nothing")
    void changeKeyRepeated() {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            for (SessionDelta change : List.of(
                    delta().build(),
                    delta().set("a", json("2")).build(),
                    delta().set("a", json("2"))
                            .condition(unchanged("a", json("1")))
                            .build(),
                    delta().remove("a").condition(new Condition.VersionIs(1)).build())) {
                SessionKey from = created(Map.of("a", json("1")));
                StoredSession seen = found(from);
                SessionKey to = randomKey();
                StoredSession first = changed(from, to, seen, change, reason);
                assertSame(first, changed(from, to, seen, change, reason));
                assertSame(first, found(to));
                assertMoved(from);
            }
        }
    }

    @Test
    @DisplayName("C42: a repeated id change leaves alone what was written under the new key meanwhile")
    void changeKeyRepeatedLate() {
        SessionKey from = created(Map.of("a", json("1")));
        StoredSession seen = found(from);
        SessionKey to = randomKey();
        SessionDelta change = delta().set("a", json("2")).build();
        changed(from, to, seen, change, KeyChangeReason.PRIVILEGE_CHANGE);
        assertWritten(3, update(to, delta().set("a", json("3")).build()));
        StoredSession after = found(to);
        changed(from, to, seen, change, KeyChangeReason.PRIVILEGE_CHANGE);
        assertSame(after, found(to));
    }

    @Test
    @DisplayName("C42: a repeated id change tells what became of the session: moved on, deleted, or expired")
    void changeKeyRepeatedAfterMore() {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            SessionKey from = randomKey();
            await(store().create(from, live(Map.of(), Duration.ofMinutes(1))));
            StoredSession seen = found(from);
            SessionKey to = randomKey();
            SessionDelta change = delta().set("a", json("2")).build();
            changed(from, to, seen, change, reason);
            SessionKey further = moved(to, KeyChangeReason.ROTATION);
            StoredSession after = found(further);
            assertEquals(new ChangeKeyOutcome.Moved(), changeKey(from, to, seen, change, reason), "moved on");
            assertSame(after, found(further));

            SessionKey deleted = created(Map.of());
            StoredSession seenBefore = found(deleted);
            SessionKey gone = randomKey();
            changed(deleted, gone, seenBefore, change, reason);
            assertEquals(DeleteOutcome.DELETED, delete(gone));
            assertEquals(new ChangeKeyOutcome.Gone(), changeKey(deleted, gone, seenBefore, change, reason), "deleted");
            assertAbsent(gone);
        }
        SessionKey from = randomKey();
        await(store().create(from, live(Map.of(), Duration.ofMinutes(1))));
        StoredSession seen = found(from);
        SessionKey to = randomKey();
        SessionDelta change = delta().set("a", json("2")).build();
        changed(from, to, seen, change, KeyChangeReason.ROTATION);
        pass(Duration.ofMinutes(1));
        assertEquals(
                new ChangeKeyOutcome.Gone(), changeKey(from, to, seen, change, KeyChangeReason.ROTATION), "expired");
        assertAbsent(to);
    }

    @Test
    @DisplayName("C41, C42: another write, or another new key, is not a repetition")
    void changeKeyNotRepeated() {
        SessionKey from = created(Map.of());
        StoredSession seen = found(from);
        SessionKey to = randomKey();
        SessionDelta change = delta().set("a", json("2")).build();
        changed(from, to, seen, change, KeyChangeReason.ROTATION);
        SessionKey other = randomKey();
        assertEquals(new ChangeKeyOutcome.Moved(), changeKey(from, other, seen, change, KeyChangeReason.ROTATION));
        assertAbsent(other);
        SessionDelta another = delta().set("a", json("2")).build();
        assertEquals(new ChangeKeyOutcome.Moved(), changeKey(from, to, seen, another, KeyChangeReason.ROTATION));
    }

    @Test
    @DisplayName(
            "C43: an update that races with an id change is part of what moved, follows, or is told that it is not")
    void changeKeyRacesWithUpdates() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey from = created(Map.of());
            StoredSession seen = found(from);
            SessionKey to = randomKey();
            KeyChangeReason reason = reason(round);
            List<Object> outcomes = race(i -> i == 0
                    ? changeKey(from, to, seen, delta().set("w0", json("0")).build(), reason)
                    : updateOrUnknown(from, delta().set("w" + i, json("0")).build()));
            assertInstanceOf(ChangeKeyOutcome.Changed.class, outcomes.get(0));
            int written = 1;
            Map<String, EncodedValue> attributes = found(to).attributes();
            for (int i = 1; i < CONTENDERS; i++) {
                boolean stored = attributes.containsKey("w" + i);
                written += stored ? 1 : 0;
                if (outcomes.get(i) instanceof SessionStoreException) {
                    continue;
                }
                boolean told = outcomes.get(i) instanceof UpdateOutcome.Written;
                assertEquals(told, stored, "told " + outcomes.get(i));
                assertTrue(
                        told
                                || (outcomes.get(i).equals(new UpdateOutcome.Moved())
                                        && reason != KeyChangeReason.ROTATION),
                        outcomes.get(i)::toString);
            }
            assertVersion(1 + written, found(to).version());
        }
    }

    @Test
    @DisplayName("C44: an id change of a session that was deleted or never created is Gone and creates nothing")
    void changeKeyOfNothing() {
        SessionKey deleted = created(Map.of());
        StoredSession seen = found(deleted);
        assertEquals(DeleteOutcome.DELETED, delete(deleted));
        for (SessionKey from : List.of(deleted, randomKey())) {
            for (KeyChangeReason reason : KeyChangeReason.values()) {
                SessionKey to = randomKey();
                SessionDelta change = delta().set("a", json("1")).build();
                assertEquals(new ChangeKeyOutcome.Gone(), changeKey(from, to, seen, change, reason));
                assertAbsent(to);
                assertAbsent(from);
                SessionDelta conditional = delta().set("a", json("1"))
                        .condition(unchanged("a", null))
                        .build();
                assertEquals(new ChangeKeyOutcome.Gone(), changeKey(from, to, seen, conditional, reason));
                assertAbsent(to);
            }
        }
    }

    @Test
    @DisplayName("C44: an id change of an expired session is Gone, within the grace, too")
    void changeKeyOfExpired() {
        SessionKey from = created(Map.of());
        StoredSession seen = found(from);
        SessionKey to = randomKey();
        pass(IDLE);
        SessionDelta change = delta().set("a", json("1")).access(access(IDLE)).build();
        assertEquals(new ChangeKeyOutcome.Gone(), changeKey(from, to, seen, change, KeyChangeReason.PRIVILEGE_CHANGE));
        assertAbsent(from);
        assertAbsent(to);
    }

    @Test
    @DisplayName("C44: an id change whose condition does not hold is a Conflict with what is stored, and nothing moves")
    void changeKeyConflict() {
        SessionKey from = created(Map.of("a", json("1")));
        StoredSession seen = found(from);
        assertWritten(2, update(from, delta().set("a", json("2")).build()));
        StoredSession stored = found(from);
        for (Condition condition : List.of(unchanged("a", json("1")), new Condition.VersionIs(1))) {
            SessionKey to = randomKey();
            SessionDelta change =
                    delta().set("b", json("1")).condition(condition).build();
            ChangeKeyOutcome outcome = changeKey(from, to, seen, change, KeyChangeReason.PRIVILEGE_CHANGE);
            assertSame(
                    stored,
                    assertInstanceOf(ChangeKeyOutcome.Conflict.class, outcome).current());
            assertSame(stored, found(from));
            assertAbsent(to);
        }
        for (Condition condition : List.of(unchanged("a", json("2")), new Condition.VersionIs(2))) {
            SessionKey to = randomKey();
            changed(from, to, seen, delta().condition(condition).build(), KeyChangeReason.PRIVILEGE_CHANGE);
            from = to;
        }
    }

    @Test
    @DisplayName("C44: a key that answers Moved stays so: a move does not follow a move")
    void changeKeyOfMoved() {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            SessionKey from = created(Map.of());
            StoredSession seen = found(from);
            SessionKey to = moved(from, reason);
            StoredSession before = found(to);
            SessionKey other = randomKey();
            for (KeyChangeReason second : KeyChangeReason.values()) {
                SessionDelta change = delta().set("a", json("1")).build();
                assertEquals(new ChangeKeyOutcome.Moved(), changeKey(from, other, seen, change, second));
            }
            assertAbsent(other);
            assertSame(before, found(to));
            assertMoved(from);
        }
    }

    @Test
    @DisplayName("C12, C44: an id change of a key that the session left long ago agrees with find: Moved, or else Gone")
    void changeKeyOfLongMoved() {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            SessionKey from = created(Map.of());
            StoredSession seen = found(from);
            SessionKey to = moved(from, reason);
            StoredSession before = found(to);
            for (Duration time : List.of(SessionStore.FOLLOW_WINDOW.minus(MILLI), SECOND, Duration.ofMinutes(1))) {
                pass(time);
                SessionKey other = randomKey();
                ChangeKeyOutcome outcome =
                        changeKey(from, other, seen, delta().set("a", json("1")).build(), reason);
                assertEquals(
                        find(from) instanceof FindOutcome.Moved
                                ? new ChangeKeyOutcome.Moved()
                                : new ChangeKeyOutcome.Gone(),
                        outcome);
                assertAbsent(other);
                assertSame(before, found(to));
            }
        }
    }

    // delete

    @Test
    @DisplayName("C50: the first caller is told DELETED, later ones ABSENT, and the key is Absent")
    void deletion() {
        SessionKey key = created(Map.of("a", json("1")));
        assertEquals(DeleteOutcome.DELETED, delete(key));
        assertAbsent(key);
        assertEquals(DeleteOutcome.ABSENT, delete(key));
        assertAbsent(key);
        SessionKey never = randomKey();
        assertEquals(DeleteOutcome.ABSENT, delete(never));
        assertAbsent(never);
        assertEquals(new CreateOutcome.Written(1), await(store().create(never, live(Map.of()))), "the key stayed free");
    }

    @Test
    @DisplayName("C50: of callers that race exactly one is told DELETED")
    void deleteRace() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey key = created(Map.of("a", json("1")));
            List<DeleteOutcome> outcomes = race(i -> delete(key));
            onlyIndex(outcomes, DeleteOutcome.DELETED);
            assertEquals(
                    CONTENDERS - 1,
                    outcomes.stream().filter(DeleteOutcome.ABSENT::equals).count());
            assertAbsent(key);
        }
    }

    @Test
    @DisplayName("C50: an expired session is ABSENT")
    void deleteExpired() {
        SessionKey key = created(Map.of());
        pass(IDLE);
        assertEquals(DeleteOutcome.ABSENT, delete(key));
        assertAbsent(key);
    }

    @Test
    @DisplayName("C31, C50: a session that was deleted after its end stays deleted, within the grace, too")
    void deleteExpiredIsFinal() {
        SessionKey key = created(Map.of());
        pass(IDLE.minus(SECOND));
        Access inTime = access(IDLE);
        pass(SECOND);
        delete(key);
        assertEquals(
                new UpdateOutcome.Gone(),
                update(key, delta().set("a", json("1")).access(inTime).build()));
        assertAbsent(key);
    }

    @Test
    @DisplayName("C51: under a key whose session was rotated the session is deleted under its new one")
    void deleteAfterRotation() {
        SessionKey key = created(Map.of());
        SessionKey to = moved(key, KeyChangeReason.ROTATION);
        assertEquals(DeleteOutcome.DELETED, delete(key));
        assertAbsent(to);
        assertNotFound(key);
        assertEquals(DeleteOutcome.ABSENT, delete(key));
        assertEquals(DeleteOutcome.ABSENT, delete(to));
        SessionKey first = created(Map.of());
        SessionKey third = moved(moved(first, KeyChangeReason.ROTATION), KeyChangeReason.ROTATION);
        assertEquals(DeleteOutcome.DELETED, delete(first), "rotated twice");
        assertAbsent(third);
    }

    @Test
    @DisplayName("C51: a deletion follows a rotation until the follow window ends")
    void deleteAfterFollowWindow() {
        SessionKey inTime = created(Map.of());
        SessionKey late = created(Map.of());
        SessionKey deleted = moved(inTime, KeyChangeReason.ROTATION);
        SessionKey kept = moved(late, KeyChangeReason.ROTATION);
        pass(SessionStore.FOLLOW_WINDOW.minus(SECOND));
        assertEquals(DeleteOutcome.DELETED, delete(inTime));
        assertAbsent(deleted);
        pass(SECOND.plus(SECOND));
        DeleteOutcome outcome = delete(late);
        if (find(late) instanceof FindOutcome.Moved) {
            assertEquals(DeleteOutcome.MOVED, outcome, "as long as the store remembers the move");
        } else {
            assertTrue(outcome == DeleteOutcome.MOVED || outcome == DeleteOutcome.ABSENT, outcome::toString);
        }
        found(kept);
    }

    @Test
    @DisplayName("C51: a deletion follows a step-up, alone or among rotations: the user stays the same")
    void deleteAfterStepUp() {
        SessionKey key = created(Map.of());
        SessionKey to = moved(key, KeyChangeReason.STEP_UP);
        assertEquals(DeleteOutcome.DELETED, delete(key));
        assertAbsent(to);
        SessionKey first = created(Map.of());
        SessionKey last =
                moved(moved(moved(first, KeyChangeReason.ROTATION), KeyChangeReason.STEP_UP), KeyChangeReason.ROTATION);
        assertEquals(DeleteOutcome.DELETED, delete(first));
        assertAbsent(last);
    }

    @Test
    @DisplayName("C51: after a privilege change a deletion under the old key is MOVED and the session stays")
    void deleteAfterPrivilegeChange() {
        SessionKey key = created(Map.of("a", json("1")));
        SessionKey to = moved(key, KeyChangeReason.PRIVILEGE_CHANGE);
        StoredSession before = found(to);
        assertEquals(DeleteOutcome.MOVED, delete(key));
        assertSame(before, found(to));
        assertNotFound(key);
        SessionKey first = created(Map.of());
        SessionKey third = moved(moved(first, KeyChangeReason.ROTATION), KeyChangeReason.PRIVILEGE_CHANGE);
        assertEquals(DeleteOutcome.MOVED, delete(first), "rotated, then a login");
        found(third);
    }

    @Test
    @DisplayName("C50, C51: of deletions that race under the old and the new key exactly one is told DELETED")
    void deleteRaceAfterRotation() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey key = created(Map.of());
            SessionKey to = moved(key, KeyChangeReason.ROTATION);
            onlyIndex(race(i -> delete(i % 2 == 0 ? key : to)), DeleteOutcome.DELETED);
            assertAbsent(to);
        }
    }

    @Test
    @DisplayName("C50, C51: a deletion that races with an id change deletes, or is told that it did not")
    void deleteRacesWithChangeKey() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey from = created(Map.of());
            StoredSession seen = found(from);
            SessionKey to = randomKey();
            KeyChangeReason reason = reason(round);
            List<Object> outcomes = race(List.<Callable<Object>>of(
                    () -> delete(from), () -> changeKey(from, to, seen, delta().build(), reason)));
            boolean deleted = outcomes.get(0) == DeleteOutcome.DELETED;
            boolean changed = outcomes.get(1) instanceof ChangeKeyOutcome.Changed;
            assertTrue(changed || outcomes.get(1).equals(new ChangeKeyOutcome.Gone()), outcomes::toString);
            assertEquals(!deleted, find(to) instanceof FindOutcome.Found, outcomes::toString);
            assertNotFound(from);
            if (reason.endFollows()) {
                assertTrue(deleted, "C51: it follows");
            } else {
                assertNotEquals(deleted, changed, "one of them came first");
            }
        }
    }

    // key binding

    @Test
    @DisplayName("C52: a key binding is found as it was created or moved, and none where there was none")
    void keyBinding() {
        SessionKey sealed = createdWithKeyBinding(KEY_BINDING);
        assertEquals(Optional.of(KEY_BINDING), found(sealed).keyBinding());
        assertEquals(
                Optional.of(KEY_BINDING),
                found(moved(sealed, KeyChangeReason.PRIVILEGE_CHANGE)).keyBinding());
        assertEquals(Optional.empty(), found(created(Map.of())).keyBinding());
        assertEquals(
                Optional.empty(),
                found(moved(created(Map.of()), KeyChangeReason.ROTATION)).keyBinding());
    }

    @Test
    @DisplayName("C53: an update replaces the key binding if it names one and changes data, and else leaves it")
    void updateKeyBinding() {
        SessionKey key = createdWithKeyBinding(KEY_BINDING);
        assertWritten(2, update(key, delta().set("a", json("1")).build()));
        assertEquals(Optional.of(KEY_BINDING), found(key).keyBinding(), "none named");
        assertWritten(
                3,
                update(
                        key,
                        delta().set("a", json("2"))
                                .keyBinding(OTHER_KEY_BINDING)
                                .build()));
        assertEquals(Optional.of(OTHER_KEY_BINDING), found(key).keyBinding(), "one named");
        assertWritten(
                3,
                update(
                        key,
                        delta().access(later(access(IDLE)))
                                .keyBinding(KEY_BINDING)
                                .build()));
        assertEquals(Optional.of(OTHER_KEY_BINDING), found(key).keyBinding(), "a touch");
        assertWritten(
                4,
                update(
                        key,
                        setAll(delta(), numbered(500)).keyBinding(KEY_BINDING).build()));
        assertEquals(Optional.of(KEY_BINDING), found(key).keyBinding(), "a large delta");
        assertConflict(
                update(
                        key,
                        delta().set("a", json("3"))
                                .keyBinding(OTHER_KEY_BINDING)
                                .condition(new Condition.VersionIs(1))
                                .build()),
                found(key));
        assertEquals(Optional.of(KEY_BINDING), found(key).keyBinding(), "a conflict");
        SessionKey bare = created(Map.of());
        assertWritten(
                2,
                update(bare, delta().set("a", json("2")).keyBinding(KEY_BINDING).build()));
        assertEquals(Optional.of(KEY_BINDING), found(bare).keyBinding(), "none before");
    }

    @Test
    @DisplayName("C53: an id change replaces the key binding if it names one, data changed or not")
    void changeKeyKeyBinding() {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            for (SessionDelta.Builder delta : List.of(delta(), delta().set("a", json("2")))) {
                SessionKey from = createdWithKeyBinding(KEY_BINDING);
                SessionKey to = randomKey();
                StoredSession told = changed(
                        from,
                        to,
                        found(from),
                        delta.keyBinding(OTHER_KEY_BINDING).build(),
                        reason);
                assertEquals(Optional.of(OTHER_KEY_BINDING), told.keyBinding());
                assertEquals(Optional.of(OTHER_KEY_BINDING), found(to).keyBinding());
            }
        }
    }

    @Test
    @DisplayName("C54: an update that follows a rotation is applied without its key binding")
    void keyBindingDoesNotFollow() {
        SessionKey from = createdWithKeyBinding(KEY_BINDING);
        SessionKey to = randomKey();
        changed(from, to, found(from), delta().keyBinding(OTHER_KEY_BINDING).build(), KeyChangeReason.ROTATION);
        assertWrittenBehind(
                2,
                update(from, delta().set("a", json("7")).keyBinding(KEY_BINDING).build()));
        assertEquals(Optional.of(OTHER_KEY_BINDING), found(to).keyBinding());
        assertEquals(json("7"), found(to).attributes().get("a"));
        assertWrittenBehind(
                3,
                update(
                        from,
                        setAll(delta(), numbered(500)).keyBinding(KEY_BINDING).build()));
        assertEquals(Optional.of(OTHER_KEY_BINDING), found(to).keyBinding(), "a large delta");
        SessionKey bare = created(Map.of());
        SessionKey moved = moved(bare, KeyChangeReason.ROTATION);
        assertWrittenBehind(
                2,
                update(bare, delta().set("a", json("7")).keyBinding(KEY_BINDING).build()));
        assertEquals(Optional.empty(), found(moved).keyBinding(), "none before");
    }

    // Sweeping

    @Test
    @DisplayName("C4: a store that blocks returns completed stages for sweeping, too")
    void sweepBlocking() {
        if (sweepable().isBlocking()) {
            assertDone(sweepable().findExpired(null, SWEEP_LIMIT));
            assertDone(sweepable().deleteExpired(new ExpiredSession(randomKey(), live(Map.of()))));
        }
    }

    @Test
    @DisplayName("C60: findExpired answers a session from the end of its grace on, with all that is stored")
    void findExpired() {
        SessionKey key = randomKey();
        StoredSession session = live(Map.of("a", json("1"), "", binary(20))).toBuilder()
                .keyBinding(KEY_BINDING)
                .build();
        await(store().create(
                        key,
                        session.toBuilder()
                                .absoluteExpiry(clock.instant().plus(IDLE))
                                .build()));
        assertEquals(Map.of(), expired(key), "live");
        pass(IDLE);
        assertEquals(Map.of(), expired(key), "expired only now: a save may still come");
        pass(SessionStore.SAVE_GRACE.minus(MILLI));
        assertEquals(Map.of(), expired(key), "a moment before the grace ends");
        pass(MILLI);
        StoredSession seen = assertOnly(key, expired(key));
        assertSame(
                session.toBuilder()
                        .absoluteExpiry(session.createdAt().plus(IDLE))
                        .build(),
                seen);
        assertEquals(Optional.of(KEY_BINDING), seen.keyBinding(), "key_binding");
    }

    @Test
    @DisplayName("C60: a session that was saved within the grace is answered a grace after its new end, as it is then")
    void findExpiredAfterLateSave() {
        SessionKey key = created(Map.of("a", json("1")));
        pass(IDLE.minus(SECOND));
        Access inTime = access(IDLE);
        pass(SECOND.plus(SECOND));
        assertWritten(2, update(key, delta().set("a", json("2")).access(inTime).build()));
        pass(SessionStore.SAVE_GRACE);
        assertEquals(Map.of(), expired(key));
        pass(IDLE);
        StoredSession seen = assertOnly(key, expired(key));
        assertEquals(Map.of("a", json("2")), seen.attributes());
        assertEquals(2, seen.version());
    }

    @Test
    @DisplayName("C60: a session without an end is never answered, nor the trace that a move leaves")
    void findExpiredOfOthers() {
        SessionKey endless = randomKey();
        await(store().create(endless, endless()));
        SessionKey from = created(Map.of("a", json("1")));
        SessionKey to = moved(from, KeyChangeReason.ROTATION);
        SessionKey lost = created(Map.of());
        SessionKey there = moved(lost, KeyChangeReason.PRIVILEGE_CHANGE);
        pass(IDLE.plus(SessionStore.SAVE_GRACE));
        assertEquals(Set.of(to, there), expired(endless, from, to, lost, there).keySet());
        pass(SessionStore.FOLLOW_WINDOW.plus(Duration.ofMinutes(1)));
        assertEquals(Set.of(to, there), expired(endless, from, to, lost, there).keySet());
        found(endless);
    }

    @Test
    @DisplayName("C61: a pass leaves out no expired session, however small its pages, and although it deletes")
    void sweepInPages() {
        Set<SessionKey> keys = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            keys.add(created(Map.of()));
        }
        pass(IDLE.plus(SessionStore.SAVE_GRACE));
        Set<SessionKey> swept = new HashSet<>();
        String position = null;
        do {
            ExpiredPage page = await(sweepable().findExpired(position, 25));
            for (ExpiredSession seen : page.sessions()) {
                if (keys.contains(seen.key())) {
                    assertTrue(swept.add(seen.key()), "answered again although it was deleted");
                    assertEquals(SweepOutcome.DELETED, await(sweepable().deleteExpired(seen)));
                }
            }
            position = page.next().orElse(null);
        } while (position != null);
        assertEquals(keys, swept);
    }

    @Test
    @DisplayName("C62: findExpired never writes")
    void findExpiredNeverWrites() {
        SessionKey key = created(Map.of("a", json("1")));
        StoredSession before = found(key);
        pass(IDLE.plus(SessionStore.SAVE_GRACE));
        assertOnly(key, expired(key));
        assertOnly(key, expired(key));
        clock.set(before.createdAt());
        assertSame(before, found(key));
    }

    @Test
    @DisplayName("C63: a session that was used or changed since it was seen is SKIPPED, and stays")
    void sweepSkipsChanged() {
        SessionKey used = created(Map.of());
        SessionKey changed = created(Map.of("a", json("1")));
        pass(IDLE.plus(SessionStore.SAVE_GRACE));
        Instant sweep = clock.instant();
        Map<SessionKey, StoredSession> seen = expired(used, changed);
        // Others have clocks of their own: by theirs it is not too late.
        clock.set(sweep.minus(SessionStore.SAVE_GRACE).minus(MILLI));
        assertWritten(1, update(used, delta().access(access(IDLE)).build()));
        clock.set(sweep.minus(MILLI));
        assertWritten(2, update(changed, delta().set("a", json("2")).build()));
        clock.set(sweep);
        assertEquals(SweepOutcome.SKIPPED, sweep(used, seen));
        assertEquals(SweepOutcome.SKIPPED, sweep(changed, seen));
        found(used);
        assertEquals(
                Map.of("a", json("2")),
                assertOnly(changed, expired(used, changed)).attributes());
    }

    @Test
    @DisplayName("C63: a session that a late save could still extend is SKIPPED, even if it was seen before")
    void sweepSkipsInGrace() {
        SessionKey key = created(Map.of());
        SessionKey endless = randomKey();
        StoredSession withoutEnd = endless();
        await(store().create(endless, withoutEnd));
        pass(IDLE.plus(SessionStore.SAVE_GRACE));
        Map<SessionKey, StoredSession> seen = expired(key);
        clock.set(clock.instant().minus(MILLI));
        assertEquals(SweepOutcome.SKIPPED, sweep(key, seen));
        assertWritten(2, update(key, delta().set("a", json("1")).build()));
        assertEquals(SweepOutcome.SKIPPED, await(sweepable().deleteExpired(new ExpiredSession(endless, withoutEnd))));
        found(endless);
    }

    @Test
    @DisplayName("C66: neither a live session nor an expired one is a leftover, nor a trace that is still needed")
    void leftovers() {
        SessionKey live = created(Map.of("a", json("1")));
        SessionKey from = created(Map.of("b", json("2")));
        SessionKey to = moved(from, KeyChangeReason.STEP_UP);
        String position = null;
        do {
            ExpiredPage page = await(sweepable().findExpired(position, 100));
            for (SessionKey key : List.of(live, from, to)) {
                assertFalse(page.leftovers().contains(key));
            }
            position = page.next().orElse(null);
        } while (position != null);
        for (SessionKey key : List.of(live, from, to)) {
            assertEquals(SweepOutcome.SKIPPED, await(sweepable().deleteLeftover(key)));
        }
        found(live);
        found(to);
        assertInstanceOf(FindOutcome.Moved.class, await(store().find(from)));
        pass(IDLE.plus(SessionStore.SAVE_GRACE));
        for (SessionKey key : List.of(live, to)) {
            assertEquals(SweepOutcome.SKIPPED, await(sweepable().deleteLeftover(key)));
        }
        assertEquals(Set.of(live, to), expired(live, to).keySet());
    }

    @Test
    @DisplayName("C64: of callers that race for an expired session exactly one is told DELETED")
    void sweepRace() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey key = created(Map.of("a", json("1")));
            pass(IDLE.plus(SessionStore.SAVE_GRACE));
            Map<SessionKey, StoredSession> seen = expired(key);
            List<SweepOutcome> outcomes = race(i -> sweep(key, seen));
            assertEquals(
                    1,
                    outcomes.stream().filter(SweepOutcome.DELETED::equals).count(),
                    () -> "exactly one DELETED in " + outcomes);
            assertEquals(
                    CONTENDERS - 1,
                    outcomes.stream().filter(SweepOutcome.SKIPPED::equals).count());
        }
    }

    @Test
    @DisplayName("C64: of a sweep and a delete that race at most one is told DELETED")
    void sweepRacesWithDelete() {
        for (int round = 0; round < rounds(); round++) {
            SessionKey key = created(Map.of());
            pass(IDLE.plus(SessionStore.SAVE_GRACE));
            Map<SessionKey, StoredSession> seen = expired(key);
            List<Object> outcomes = race(i -> i % 2 == 0 ? sweep(key, seen) : delete(key));
            long told = outcomes.stream()
                    .filter(o -> o == SweepOutcome.DELETED || o == DeleteOutcome.DELETED)
                    .count();
            assertTrue(told <= 1, () -> "at most one DELETED in " + outcomes);
            assertAbsent(key);
        }
    }

    @Test
    @DisplayName("C65: what was DELETED is gone, and nothing brings it back")
    void sweptIsGone() {
        SessionKey key = created(Map.of("a", json("1")));
        pass(IDLE.plus(SessionStore.SAVE_GRACE));
        Instant sweep = clock.instant();
        Map<SessionKey, StoredSession> seen = expired(key);
        assertEquals(SweepOutcome.DELETED, sweep(key, seen));
        assertEquals(Map.of(), expired(key));
        assertEquals(SweepOutcome.SKIPPED, sweep(key, seen));
        // Nor by somebody whose clock is behind.
        clock.set(sweep.minus(SessionStore.SAVE_GRACE).minus(MILLI));
        assertAbsent(key);
        for (SessionDelta change : changesOfAnyKind()) {
            assertEquals(new UpdateOutcome.Gone(), update(key, change));
        }
        assertEquals(DeleteOutcome.ABSENT, delete(key));
        assertAbsent(key);
    }

    private SweepableSessionStore sweepable() {
        assumeTrue(store() instanceof SweepableSessionStore, "the store is not a SweepableSessionStore");
        return (SweepableSessionStore) store();
    }

    /** What one pass finds of these: the database may hold others' sessions. */
    private Map<SessionKey, StoredSession> expired(SessionKey... keys) {
        Set<SessionKey> own = Set.of(keys);
        Map<SessionKey, StoredSession> expired = new HashMap<>();
        String position = null;
        do {
            ExpiredPage page = await(sweepable().findExpired(position, SWEEP_LIMIT));
            for (ExpiredSession seen : page.sessions()) {
                if (own.contains(seen.key())) {
                    expired.put(seen.key(), seen.session());
                }
            }
            position = page.next().orElse(null);
        } while (position != null);
        return expired;
    }

    private static StoredSession assertOnly(SessionKey key, Map<SessionKey, StoredSession> expired) {
        assertEquals(Set.of(key), expired.keySet());
        return Objects.requireNonNull(expired.get(key));
    }

    private SweepOutcome sweep(SessionKey key, Map<SessionKey, StoredSession> seen) {
        StoredSession session = Objects.requireNonNull(seen.get(key), "the session was not found");
        return await(sweepable().deleteExpired(new ExpiredSession(key, session)));
    }

    @Test
    @DisplayName("A store may be closed twice")
    void closedTwice() {
        store().close();
        store().close();
    }

    // What the tests say

    private interface Contender<T> {
        T run(int index) throws Exception;
    }

    /** How threads that race take their turns: the kit's own tests decide it, so that they need no luck. */
    <T> List<T> race(List<? extends Callable<? extends T>> contenders) {
        return Concurrency.race(contenders);
    }

    private <T> List<T> race(Contender<? extends T> contender) {
        List<Callable<T>> contenders = new ArrayList<>();
        for (int i = 0; i < CONTENDERS; i++) {
            int index = i;
            contenders.add(() -> contender.run(index));
        }
        return race(contenders);
    }

    private static KeyChangeReason reason(int round) {
        return round % 2 == 0 ? KeyChangeReason.ROTATION : KeyChangeReason.PRIVILEGE_CHANGE;
    }

    private SessionStore store() {
        if (opened == null) {
            throw new IllegalStateException("no store is open");
        }
        return opened;
    }

    private <T> T await(CompletionStage<T> stage) {
        return Concurrency.await(stage);
    }

    /** Moves time; the test is skipped where the store does not follow. */
    private void pass(Duration time) {
        assumeTrue(expiresByClock(), "the store does not expire by the clock that it is given");
        clock.advance(time);
    }

    private static SessionKey randomKey() {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return SessionKey.of(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    private static SessionDelta.Builder delta() {
        return SessionDelta.builder(Token.random());
    }

    private static SessionDelta.Builder setAll(SessionDelta.Builder delta, Map<String, EncodedValue> attributes) {
        attributes.forEach(delta::set);
        return delta;
    }

    /** One of each kind: what sets, removes, changes the timeout, touches, and what is conditional. */
    private List<SessionDelta> changesOfAnyKind() {
        return List.of(
                delta().set("a", json("7")).build(),
                delta().set("a", json("7")).access(later(access(IDLE))).build(),
                delta().remove("a").build(),
                delta().access(later(access(IDLE))).build(),
                delta().changeIdleTimeout(access(Duration.ofHours(2))).build(),
                delta().set("x", json("7")).condition(unchanged("x", null)).build(),
                delta().set("x", json("7"))
                        .condition(new Condition.VersionIs(1))
                        .build(),
                setAll(delta(), numbered(500)).build());
    }

    private static Map<String, EncodedValue> numbered(int count) {
        Map<String, EncodedValue> attributes = new HashMap<>();
        for (int i = 0; i < count; i++) {
            attributes.put("attribute " + i, json(Integer.toString(i)));
        }
        return attributes;
    }

    private static EncodedValue json(String text) {
        return EncodedValue.of(EncodedValue.JSON, text.getBytes(StandardCharsets.UTF_8));
    }

    private static EncodedValue binary(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return EncodedValue.of(EncodedValue.FIRST_CUSTOM, bytes);
    }

    private static final String SECRET = "correct-horse-battery-staple";

    private static EncodedValue secret() {
        return json('"' + SECRET + '"');
    }

    private static Condition unchanged(String name, @Nullable EncodedValue expected) {
        return new Condition.AttributesUnchanged(Map.of(name, Optional.ofNullable(expected)));
    }

    private Access access(Duration idleTimeout) {
        Instant now = clock.instant();
        return new Access(now, Optional.of(idleTimeout), Optional.of(now.plus(idleTimeout)));
    }

    private Access endlessAccess() {
        return new Access(clock.instant(), Optional.empty(), Optional.empty());
    }

    private static Access later(Access access) {
        return new Access(
                access.accessedAt().plusSeconds(5),
                access.idleTimeout(),
                access.expiresAt().map(end -> end.plusSeconds(5)));
    }

    private StoredSession live(Map<String, EncodedValue> attributes) {
        return live(attributes, IDLE);
    }

    private StoredSession live(Map<String, EncodedValue> attributes, Duration idleTimeout) {
        Instant now = clock.instant();
        return StoredSession.builder()
                .uid(Token.random())
                .createdAt(now)
                .accessedAt(now)
                .idleTimeout(idleTimeout)
                .expiresAt(now.plus(idleTimeout))
                .attributes(attributes)
                .build();
    }

    private StoredSession endless() {
        return StoredSession.builder()
                .uid(Token.random())
                .createdAt(clock.instant())
                .accessedAt(clock.instant())
                .build();
    }

    private SessionKey created(Map<String, EncodedValue> attributes) {
        SessionKey key = randomKey();
        assertEquals(new CreateOutcome.Written(1), await(store().create(key, live(attributes))));
        return key;
    }

    private SessionKey createdWithKeyBinding(Token keyBinding) {
        SessionKey key = randomKey();
        StoredSession session =
                live(Map.of("a", json("0"))).toBuilder().keyBinding(keyBinding).build();
        assertEquals(new CreateOutcome.Written(1), await(store().create(key, session)));
        return key;
    }

    private FindOutcome find(SessionKey key) {
        return await(store().find(key));
    }

    private StoredSession found(SessionKey key) {
        return assertInstanceOf(FindOutcome.Found.class, find(key)).session();
    }

    private void assertAbsent(SessionKey key) {
        assertEquals(new FindOutcome.Absent(), find(key));
    }

    private void assertNotFound(SessionKey key) {
        FindOutcome outcome = find(key);
        assertFalse(outcome instanceof FindOutcome.Found, outcome::toString);
    }

    private UpdateOutcome update(SessionKey key, SessionDelta delta) {
        return await(store().update(key, delta));
    }

    /** Whether it is told to be stored; if not, its outcome is unknown. */
    private boolean increment(SessionKey key, String name) {
        StoredSession session = found(key);
        for (int attempt = 0; attempt < PATIENCE; attempt++) {
            EncodedValue seen = session.attributes().get(name);
            SessionDelta change = delta().set(name, json(Integer.toString(number(seen) + 1)))
                    .condition(unchanged(name, seen))
                    .build();
            Object outcome = updateOrUnknown(key, change);
            if (outcome instanceof UpdateOutcome.Conflict conflict) {
                session = conflict.current();
            } else if (outcome instanceof SessionStoreException) {
                return false;
            } else {
                assertInstanceOf(UpdateOutcome.Written.class, outcome);
                return true;
            }
        }
        return fail("no increment was accepted in " + PATIENCE + " attempts");
    }

    private static int number(@Nullable EncodedValue value) {
        return value == null ? 0 : Integer.parseInt(new String(value.bytes(), StandardCharsets.UTF_8));
    }

    /** The outcome, or the exception that says that it is unknown, where replies get lost. */
    private Object updateOrUnknown(SessionKey key, SessionDelta delta) {
        try {
            return update(key, delta);
        } catch (SessionStoreException e) {
            if (losesReplies() && e.outcomeUnknown()) {
                return e;
            }
            throw e;
        }
    }

    /** Where replies get lost, a write that others came after may have been applied once more (C32). */
    private void assertVersion(long least, long version) {
        assertTrue(
                version == least || (losesReplies() && version > least),
                () -> "C35: the version is " + version + " after " + (least - 1) + " changes");
    }

    private ChangeKeyOutcome changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        return await(store().changeKey(from, to, seen, delta, reason));
    }

    private StoredSession changed(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        return assertInstanceOf(ChangeKeyOutcome.Changed.class, changeKey(from, to, seen, delta, reason))
                .session();
    }

    /** Moves the session without changing its data; gives the new key. */
    private SessionKey moved(SessionKey from, KeyChangeReason reason) {
        SessionKey to = randomKey();
        changed(from, to, found(from), delta().build(), reason);
        return to;
    }

    private FindOutcome.Moved assertMoved(SessionKey key) {
        return assertInstanceOf(FindOutcome.Moved.class, find(key));
    }

    private DeleteOutcome delete(SessionKey key) {
        return await(store().delete(key));
    }

    private static void assertWritten(long version, UpdateOutcome outcome) {
        assertEquals(new UpdateOutcome.Written(version), outcome);
    }

    /** Written under another key than the one that was asked for, and said so. */
    private static void assertWrittenBehind(long version, UpdateOutcome outcome) {
        assertWrittenBehind(version, outcome, "under a former key");
    }

    private static void assertWrittenBehind(long version, UpdateOutcome outcome, String message) {
        assertEquals(new UpdateOutcome.Written(version, true), outcome, message);
    }

    private static void assertWritten(long version, UpdateOutcome outcome, String message) {
        assertEquals(new UpdateOutcome.Written(version), outcome, message);
    }

    private static void assertConflict(UpdateOutcome outcome, StoredSession current) {
        assertSame(
                current, assertInstanceOf(UpdateOutcome.Conflict.class, outcome).current());
    }

    private static void assertDone(CompletionStage<?> stage) {
        assertTrue(stage.toCompletableFuture().isDone(), "complete when it was returned");
        Concurrency.await(stage);
    }

    private static void assertImmutables(StoredSession expected, StoredSession actual) {
        assertAll(
                () -> assertEquals(expected.uid(), actual.uid(), "uid"),
                () -> assertEquals(expected.createdAt(), actual.createdAt(), "createdAt"),
                () -> assertEquals(expected.absoluteExpiry(), actual.absoluteExpiry(), "absolute expiry"));
    }

    private static void assertSame(StoredSession expected, StoredSession actual) {
        assertAll(
                () -> assertImmutables(expected, actual),
                () -> assertEquals(expected.version(), actual.version(), "version"),
                () -> assertEquals(expected.keyBinding(), actual.keyBinding(), "key_binding"),
                () -> assertEquals(expected.accessedAt(), actual.accessedAt(), "accessedAt"),
                () -> assertEquals(expected.idleTimeout(), actual.idleTimeout(), "idleTimeout"),
                () -> assertEquals(expected.expiresAt(), actual.expiresAt(), "expiresAt"),
                // Compared in two steps: a message with 500 attributes helps nobody.
                () -> assertEquals(
                        expected.attributes().size(), actual.attributes().size(), "number of attributes"),
                () -> assertTrue(expected.attributes().equals(actual.attributes()), "attributes"));
    }

    private static int onlyIndex(List<?> outcomes, Class<?> type) {
        int[] hits = IntStream.range(0, outcomes.size())
                .filter(i -> type.isInstance(outcomes.get(i)))
                .toArray();
        assertEquals(1, hits.length, () -> "exactly one " + type.getSimpleName() + " in " + outcomes);
        return hits[0];
    }

    private static void onlyIndex(List<DeleteOutcome> outcomes, DeleteOutcome value) {
        assertEquals(
                1, outcomes.stream().filter(value::equals).count(), () -> "exactly one " + value + " in " + outcomes);
    }

    /** True if the operation succeeded, false if it was refused as too large; anything else fails. */
    private boolean keeps(Supplier<CompletionStage<?>> operation, SessionKey... keys) {
        try {
            Object outcome = await(operation.get());
            assertTrue(
                    outcome instanceof CreateOutcome.Written
                            || outcome instanceof UpdateOutcome.Written
                            || outcome instanceof ChangeKeyOutcome.Changed,
                    outcome::toString);
            return true;
        } catch (SessionTooLargeException refusal) {
            assertHidesSecrets(refusal, keys);
            return false;
        }
    }

    private static SessionStoreException assertFails(SessionStore store, CompletionStage<?> stage, SessionKey... keys) {
        assertTrue(!store.isBlocking() || stage.toCompletableFuture().isDone(), "C4: complete when it was returned");
        try {
            Object outcome = Concurrency.await(stage);
            return fail("an outcome instead of a failure: " + outcome.getClass().getSimpleName());
        } catch (SessionStoreException failure) {
            assertHidesSecrets(failure, keys);
            return failure;
        }
    }

    private static void assertHidesSecrets(Throwable failure, SessionKey... keys) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            String text = t.toString();
            for (SessionKey key : keys) {
                assertFalse(text.contains(key.value()), "C5: the message holds a key");
            }
            assertFalse(text.contains(SECRET), "C5: the message holds a value");
        }
    }
}
