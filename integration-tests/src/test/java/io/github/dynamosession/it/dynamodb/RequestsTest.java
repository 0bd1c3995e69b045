// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static io.github.dynamosession.it.dynamodb.Stores.await;
import static io.github.dynamosession.it.dynamodb.Stores.delta;
import static io.github.dynamosession.it.dynamodb.Stores.failure;
import static io.github.dynamosession.it.dynamodb.Stores.found;
import static io.github.dynamosession.it.dynamodb.Stores.json;
import static io.github.dynamosession.it.dynamodb.Stores.key;
import static io.github.dynamosession.it.dynamodb.Stores.session;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.ReadConsistency;
import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.SessionTooLargeException;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UpdateOutcome;
import io.github.dynamosession.testkit.MovableClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which requests the store sends, how often, in which thread, at what price, and what it makes of refusals. */
class RequestsTest {
    private static final String ERROR = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#%s\",\"message\":\"%s\"}";

    private final MovableClock clock = new MovableClock();
    private final FaultyProxy proxy = new FaultyProxy(Stores.endpoint());
    private final List<StoreOperation> reported = new CopyOnWriteArrayList<>();
    private final SessionObserver observer = new SessionObserver() {
        @Override
        public void operation(StoreOperation operation) {
            reported.add(operation);
        }
    };

    @AfterEach
    void close() {
        proxy.close();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("each operation is one request, an id change two, and none of them reaches for the control plane")
    void oneRequestEach(Stores.Kind kind) {
        SessionStore store = observed(kind);
        SessionKey key = key();
        SessionKey to = key();
        await(store.create(key, session(clock, Map.of())));
        StoredSession seen = found(store, key);
        await(store.update(
                key, delta().set("a", json("1")).access(Stores.access(clock)).build()));
        await(store.update(key, delta().access(Stores.access(clock)).build()));
        seen = found(store, key);
        await(store.changeKey(key, to, seen, delta().set("b", json("1")).build(), KeyChangeReason.PRIVILEGE_CHANGE));
        await(store.delete(to));
        assertThat(proxy.operations())
                .containsExactly(
                        "PutItem", "GetItem", "UpdateItem", "UpdateItem", "GetItem", "PutItem", "PutItem", "PutItem");
        assertThat(reported)
                .allMatch(operation ->
                        operation.roundTrips() == (operation.kind() == StoreOperation.Kind.CHANGE_KEY ? 2 : 1));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("what an operation consumes: 1 KB")
    void priceOfOneKilobyte(Stores.Kind kind) {
        assertPrices(kind, 600, 1, 1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("what an operation consumes: 20 KB")
    void priceOfTwentyKilobytes(Stores.Kind kind) {
        assertPrices(kind, 19_800, 5, 20);
    }

    private void assertPrices(Stores.Kind kind, int bytes, double read, double write) {
        SessionStore store = observed(kind);
        SessionKey key = key();
        SessionKey to = key();
        await(store.create(key, session(clock, Map.of("a", json('"' + "x".repeat(bytes) + '"')))));
        assertPrice(StoreOperation.Kind.CREATE, 0, write);
        StoredSession seen = found(store, key);
        assertPrice(StoreOperation.Kind.FIND, read, 0);
        await(store.update(key, delta().set("n", json("1")).build()));
        assertPrice(StoreOperation.Kind.UPDATE, 0, write);
        clock.advance(Duration.ofMinutes(1));
        await(store.update(key, delta().access(Stores.access(clock)).build()));
        assertPrice(StoreOperation.Kind.TOUCH, 0, write);
        seen = found(store, key);
        reported.clear();
        await(store.changeKey(key, to, seen, delta().build(), KeyChangeReason.ROTATION));
        // The redirect's put replaces the whole session, so it costs as much as the copy.
        assertPrice(StoreOperation.Kind.CHANGE_KEY, 0, 2 * write);
        await(store.update(to, delta().set("user", json("1")).build()));
        assertPrice(StoreOperation.Kind.UPDATE, 0, write);
        assertThat(reported.stream().mapToDouble(StoreOperation::writeUnits).sum())
                .as("a login that changes the session afterwards")
                .isEqualTo(3 * write);
        await(store.delete(to));
        assertPrice(StoreOperation.Kind.DELETE, 0, write);
    }

    private void assertPrice(StoreOperation.Kind kind, double read, double write) {
        StoreOperation last = reported.get(reported.size() - 1);
        assertThat(last.kind()).isEqualTo(kind);
        assertThat(last.readUnits()).as(kind + " reads").isEqualTo(read);
        assertThat(last.writeUnits()).as(kind + " writes").isEqualTo(write);
    }

    @Test
    @DisplayName("without an observer consumed capacity is not asked for")
    void notAsked() {
        SessionStore store = Stores.Kind.BLOCKING.store(proxy.endpoint(), clock);
        await(store.find(key()));
        assertThat(proxy.sent().get(0).body()).doesNotContain("ReturnConsumedCapacity");
    }

    @Test
    @DisplayName("an observer that throws does not disturb an operation")
    void throwingObserver() {
        SessionStore store = Stores.Kind.BLOCKING
                .builder(Stores.endpoint())
                .tableName(Stores.TABLE)
                .clock(clock)
                .observer(new SessionObserver() {
                    @Override
                    public void operation(StoreOperation operation) {
                        throw new IllegalStateException("observer");
                    }
                })
                .build();
        assertThat(await(store.find(key()))).isEqualTo(new FindOutcome.Absent());
    }

    @ParameterizedTest
    @EnumSource(ReadConsistency.class)
    @DisplayName("find reads as consistently as it is told, once, and again only to make sure of a miss")
    void readConsistency(ReadConsistency consistency) {
        SessionStore store = Stores.Kind.BLOCKING
                .builder(proxy.endpoint())
                .tableName(Stores.TABLE)
                .clock(clock)
                .readConsistency(consistency)
                .build();
        SessionKey key = key();
        await(store.create(key, session(clock, Map.of())));
        proxy.forget();
        await(store.find(key));
        await(store.find(key()));
        List<Boolean> strong = proxy.sent().stream()
                .map(sent -> sent.body().contains("\"ConsistentRead\":true"))
                .toList();
        assertThat(strong)
                .isEqualTo(
                        switch (consistency) {
                            case STRONG -> List.of(true, true);
                            case EVENTUAL -> List.of(false, false);
                            case EVENTUAL_STRONG_ON_MISS -> List.of(false, false, true);
                        });
    }

    @Test
    @DisplayName("C4: with a blocking client everything happens in the calling thread")
    void noHop() {
        List<Thread> threads = new CopyOnWriteArrayList<>();
        SessionStore store = Stores.Kind.BLOCKING
                .builder(proxy.endpoint())
                .tableName(Stores.TABLE)
                .clock(clock)
                .observer(new SessionObserver() {
                    @Override
                    public void operation(StoreOperation operation) {
                        threads.add(Thread.currentThread());
                    }
                })
                .build();
        SessionKey key = key();
        await(store.create(key, session(clock, Map.of())));
        proxy.answer("UpdateItem", 1, 400, ERROR.formatted("ThrottlingException", "busy"));
        CompletionStage<UpdateOutcome> update =
                store.update(key, delta().set("a", json("1")).build());
        assertThat(update.toCompletableFuture()).isDone();
        assertThat(threads).containsOnly(Thread.currentThread());
    }

    @Test
    @DisplayName("C4: with an asynchronous client every call returns before the reply is there")
    void neverBlocks() {
        SessionStore store = Stores.Kind.ASYNC.store(proxy.endpoint(), clock);
        SessionKey key = key();
        SessionKey to = key();
        await(store.create(key, session(clock, Map.of())));
        StoredSession seen = found(store, key);
        SessionDelta change = delta().set("a", json("1")).build();
        assertReturns("PutItem", () -> store.create(key(), session(clock, Map.of())));
        assertReturns("GetItem", () -> store.find(key));
        assertReturns("UpdateItem", () -> store.update(key, change));
        assertReturns("PutItem", () -> store.changeKey(key, to, seen, change, KeyChangeReason.ROTATION));
        assertReturns("PutItem", () -> store.delete(to));
    }

    private void assertReturns(String operation, Supplier<CompletionStage<?>> call) {
        CountDownLatch held = proxy.holdReplyTo(operation);
        CompletionStage<?> stage = call.get();
        assertThat(stage.toCompletableFuture()).as(operation).isNotDone();
        held.countDown();
        await(stage);
    }

    @Test
    @DisplayName("C43: an id change reapplies its delta to what others saved or touched since, without another read")
    void idChangeOnFreshRow() {
        SessionStore store = observed(Stores.Kind.BLOCKING);
        SessionKey key = key();
        await(store.create(key, session(clock, Map.of("a", json("1")))));
        StoredSession seen = found(store, key);
        clock.advance(Duration.ofMinutes(5));
        await(store.update(key, delta().set("b", json("1")).build()));
        await(store.update(key, delta().access(Stores.access(clock)).build()));
        proxy.forget();
        SessionKey to = key();
        await(store.changeKey(key, to, seen, delta().set("c", json("1")).build(), KeyChangeReason.PRIVILEGE_CHANGE));
        assertThat(proxy.operations()).containsExactly("PutItem", "PutItem", "PutItem", "PutItem");
        assertThat(found(store, to).attributes()).containsOnlyKeys("a", "b", "c");
        assertThat(found(store, to).expiresAt()).contains(clock.instant().plus(Stores.IDLE));
    }

    @Test
    @DisplayName("C43: a touch that came between is part of what moves, though it changed no version")
    void idChangeAfterTouch() {
        SessionStore store = Stores.Kind.BLOCKING.store(proxy.endpoint(), clock);
        SessionKey key = key();
        await(store.create(key, session(clock, Map.of())));
        StoredSession seen = found(store, key);
        clock.advance(Duration.ofMinutes(5));
        await(store.update(key, delta().access(Stores.access(clock)).build()));
        SessionKey to = key();
        await(store.changeKey(key, to, seen, delta().build(), KeyChangeReason.PRIVILEGE_CHANGE));
        assertThat(found(store, to).expiresAt()).contains(clock.instant().plus(Stores.IDLE));
        assertThat(found(store, to).accessedAt()).isEqualTo(clock.instant());
    }

    @Test
    @DisplayName("an id change of a session that the caller made itself reads it first")
    void idChangeWithoutBacking() {
        SessionStore store = Stores.Kind.BLOCKING.store(proxy.endpoint(), clock);
        SessionKey key = key();
        StoredSession session = session(clock, Map.of());
        await(store.create(key, session));
        proxy.forget();
        assertThat(await(store.changeKey(key, key(), session, delta().build(), KeyChangeReason.ROTATION)))
                .isInstanceOf(ChangeKeyOutcome.Changed.class);
        assertThat(proxy.operations()).containsExactly("GetItem", "PutItem", "PutItem");
    }

    @Test
    @DisplayName("C36: a save whose access is out of date is repeated once without it; a touch is not repeated")
    void accessOutOfDate() {
        SessionStore store = Stores.Kind.BLOCKING.store(proxy.endpoint(), clock);
        SessionKey key = key();
        await(store.create(key, session(clock, Map.of())));
        SessionDelta.Access late = Stores.access(clock);
        clock.advance(Duration.ofMinutes(5));
        await(store.update(key, delta().access(Stores.access(clock)).build()));
        proxy.forget();
        assertThat(await(store.update(
                        key, delta().set("a", json("1")).access(late).build())))
                .isEqualTo(new UpdateOutcome.Written(2));
        assertThat(proxy.operations()).hasSize(2);
        proxy.forget();
        assertThat(await(store.update(key, delta().access(late).build()))).isEqualTo(new UpdateOutcome.Written(2));
        assertThat(proxy.operations()).hasSize(1);
        assertThat(found(store, key).expiresAt()).contains(clock.instant().plus(Stores.IDLE));
    }

    @Test
    @DisplayName("a conflict tells what is stored without another read")
    void conflictWithoutRead() {
        SessionStore store = Stores.Kind.BLOCKING.store(proxy.endpoint(), clock);
        SessionKey key = key();
        await(store.create(key, session(clock, Map.of("n", json("2")))));
        proxy.forget();
        SessionDelta change = delta().set("n", json("3"))
                .condition(new Condition.AttributesUnchanged(Map.of("n", Optional.of(json("1")))))
                .build();
        assertThat(await(store.update(key, change)))
                .isInstanceOfSatisfying(
                        UpdateOutcome.Conflict.class,
                        conflict -> assertThat(conflict.current().attributes()).isEqualTo(Map.of("n", json("2"))));
        assertThat(proxy.operations()).containsExactly("UpdateItem");
    }

    @Test
    @DisplayName("C6: a name that DynamoDB refuses for its length is refused before any request")
    void tooLongName() {
        SessionStore store = Stores.Kind.BLOCKING.store(proxy.endpoint(), clock);
        Map<String, EncodedValue> attributes = Map.of("n".repeat(65_536), json("1"));
        assertThat(failure(store.create(key(), session(clock, attributes))))
                .isInstanceOf(SessionTooLargeException.class);
        assertThat(failure(
                        store.update(key(), delta().remove("n".repeat(65_536)).build())))
                .isInstanceOf(SessionTooLargeException.class);
        assertThat(proxy.operations()).isEmpty();
    }

    @Test
    @DisplayName("C6: two values that are legal alone and exceed the limit together are refused by their size")
    void tooLargeTogether() {
        SessionStore store = Stores.Kind.BLOCKING.store(proxy.endpoint(), clock);
        EncodedValue half = EncodedValue.of(EncodedValue.MESSAGE_PACK, new byte[250_000]);
        SessionKey key = key();
        await(store.create(key, session(clock, Map.of("a", half))));
        assertThat(failure(store.update(key, delta().set("b", half).build())))
                .isInstanceOf(SessionTooLargeException.class)
                .hasMessageContaining("400 KB");
        SessionDelta change = delta().set("b", half).build();
        assertThat(failure(store.changeKey(key, key(), found(store, key), change, KeyChangeReason.ROTATION)))
                .isInstanceOf(SessionTooLargeException.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C2: refusals are typed, and say whether a write may have happened")
    void refusals(Stores.Kind kind) {
        SessionStore store = kind.withoutRetries(proxy.endpoint())
                .tableName(Stores.TABLE)
                .clock(clock)
                .build();
        assertRefusal(
                store, 400, "AccessDeniedException", StoreMisconfiguredException.class, false, "dynamodb:GetItem");
        assertRefusal(
                store, 400, "ResourceNotFoundException", StoreMisconfiguredException.class, false, "does not exist");
        assertRefusal(
                store, 400, "UnrecognizedClientException", StoreMisconfiguredException.class, false, "credentials");
        assertRefusal(
                store, 400, "ProvisionedThroughputExceededException", SessionStoreException.class, false, "throttled");
        assertRefusal(store, 400, "ThrottlingException", SessionStoreException.class, false, "throttled");
        assertRefusal(store, 400, "RequestLimitExceeded", SessionStoreException.class, false, "throttled");
        assertRefusal(store, 500, "InternalServerError", SessionStoreException.class, true, "InternalServerError");
        assertRefusal(store, 503, "ServiceUnavailable", SessionStoreException.class, true, "ServiceUnavailable");
    }

    private void assertRefusal(
            SessionStore store, int status, String code, Class<?> type, boolean unknown, String message) {
        SessionKey key = key();
        SessionKey to = key();
        SessionDelta change = delta().set("a", json("\"secret\"")).build();
        StoredSession session = session(clock, Map.of("a", json("\"secret\"")));
        List<Map.Entry<String, Function<SessionStore, CompletionStage<?>>>> calls = List.of(
                Map.entry("GetItem", s -> s.find(key)),
                Map.entry("PutItem", s -> s.create(key, session)),
                Map.entry("UpdateItem", s -> s.update(key, change)),
                Map.entry("PutItem", s -> s.delete(key)));
        calls.forEach(entry -> {
            String operation = entry.getKey();
            proxy.forget();
            proxy.answer(operation, 100, status, ERROR.formatted(code, "no"));
            Throwable failure = failure(entry.getValue().apply(store));
            assertThat(failure)
                    .as(code + " for " + operation)
                    .isExactlyInstanceOf(type)
                    .hasMessageContaining(message);
            assertThat(((SessionStoreException) failure).outcomeUnknown())
                    .as(code + " for " + operation)
                    .isEqualTo(unknown && !operation.equals("GetItem"));
            assertThat(failure.getMessage()).doesNotContain(key.value(), to.value(), "secret");
        });
    }

    @Test
    @DisplayName("a closed store refuses, and leaves a client that it was given open")
    void closed() {
        SessionStore store = Stores.Kind.BLOCKING.store(Stores.endpoint(), clock);
        store.close();
        store.close();
        assertThat(failure(store.find(key())))
                .isInstanceOf(SessionStoreException.class)
                .hasMessageContaining("closed");
        SessionStore other = Stores.Kind.BLOCKING.store(Stores.endpoint(), clock);
        assertThat(await(other.create(key(), session(clock, Map.of())))).isEqualTo(new CreateOutcome.Written(1));
    }

    private SessionStore observed(Stores.Kind kind) {
        DynamoDbSessionStore.Builder builder = kind.builder(proxy.endpoint());
        return builder.tableName(Stores.TABLE).clock(clock).observer(observer).build();
    }
}
