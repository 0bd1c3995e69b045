// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static io.github.dynamosession.it.dynamodb.Stores.await;
import static io.github.dynamosession.it.dynamodb.Stores.delta;
import static io.github.dynamosession.it.dynamodb.Stores.failure;
import static io.github.dynamosession.it.dynamodb.Stores.json;
import static io.github.dynamosession.it.dynamodb.Stores.key;
import static io.github.dynamosession.it.dynamodb.Stores.session;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UpdateOutcome;
import io.github.dynamosession.testkit.SessionStoreContract;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Behind a proxy that strips {@code ReturnValuesOnConditionCheckFailure}: the whole contract, id changes
 * included, and what the reply leaves out costs.
 */
@DisplayName("DynamoDbSessionStore with an endpoint that tells no item when a condition fails")
class ItemsLeftOutTest extends SessionStoreContract {
    private static final FaultyProxy PROXY = new FaultyProxy(Stores.endpoint());

    static {
        PROXY.leaveItemsOut();
    }

    @AfterAll
    static void close() {
        PROXY.close();
    }

    @Override
    protected SessionStore createStore(Clock clock) {
        PROXY.forget();
        return Stores.Kind.BLOCKING.store(PROXY.endpoint(), clock);
    }

    @Override
    protected int rounds() {
        return 3;
    }

    @Test
    @DisplayName("one strong read decides what a failed condition means: a conflict, a repetition, or nothing there")
    void oneRead() {
        Clock clock = Clock.systemUTC();
        SessionStore store = createStore(clock);
        SessionKey key = key();
        StoredSession session = session(clock, Map.of());
        await(store.create(key, session));
        PROXY.forget();
        assertThat(await(store.create(key, session))).isEqualTo(new CreateOutcome.Written(1));
        assertThat(PROXY.operations()).containsExactly("PutItem", "GetItem");
        assertThat(PROXY.sent().get(1).body()).contains("\"ConsistentRead\":true");
        PROXY.forget();
        assertThat(await(store.update(key(), delta().set("a", json("1")).build())))
                .isEqualTo(new UpdateOutcome.Gone());
        assertThat(PROXY.operations()).containsExactly("UpdateItem", "GetItem");
        PROXY.forget();
        assertThat(await(store.delete(key()))).isEqualTo(DeleteOutcome.ABSENT);
        assertThat(PROXY.operations()).containsExactly("PutItem", "GetItem");
    }

    @Test
    @DisplayName("C2: if that read fails, the write is known not to have happened, unless a reply was lost before")
    void readFails() {
        Clock clock = Clock.systemUTC();
        SessionStore store = createStore(clock);
        PROXY.answer("GetItem", 100, 400, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ThrottlingException\"}");
        assertThat(failure(store.update(key(), delta().set("a", json("1")).build())))
                .isInstanceOfSatisfying(
                        SessionStoreException.class,
                        e -> assertThat(e.outcomeUnknown()).isFalse());
        SessionKey key = key();
        await(store.create(key, session(clock, Map.of())));
        PROXY.loseReplyTo("PutItem");
        assertThat(failure(store.delete(key)))
                .isInstanceOfSatisfying(
                        SessionStoreException.class,
                        e -> assertThat(e.outcomeUnknown()).isTrue());
    }
}
