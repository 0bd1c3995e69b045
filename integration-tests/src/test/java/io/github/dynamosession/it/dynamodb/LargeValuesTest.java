// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.testkit.MovableClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Values that lie outside of the session's row: what they cost, what a crash leaves, and how long they stay. */
class LargeValuesTest {
    private static final int KB = 1024;
    private static final String TABLE = "parts";

    static {
        DynamoDbTables.createTable(Stores.DIRECT, TABLE, ItemAttributes.defaults());
    }

    private final MovableClock clock = new MovableClock();
    private final FaultyProxy proxy = new FaultyProxy(Stores.endpoint());
    private final List<StoreOperation> reported = new ArrayList<>();
    private final SessionObserver observer = new SessionObserver() {
        @Override
        public void operation(StoreOperation operation) {
            synchronized (reported) {
                reported.add(operation);
            }
        }
    };

    @BeforeEach
    void empty() {
        rows().forEach(item ->
                Stores.DIRECT.deleteItem(request -> request.tableName(TABLE).key(Map.of("id", item.get("id")))));
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    private SessionManager manager(Stores.Kind kind, Consumer<DynamoDbSessionStore.Builder> more) {
        DynamoDbSessionStore.Builder store = kind.withoutRetries(proxy.endpoint())
                .tableName(TABLE)
                .clock(clock)
                .observer(observer);
        more.accept(store);
        return SessionManager.builder(store.build())
                .codec(JavaCodec.builder().build())
                .clock(clock)
                .build();
    }

    private SessionManager manager() {
        return manager(Stores.Kind.BLOCKING, store -> {});
    }

    /** What compression does not make smaller. */
    private static byte[] large(int bytes, int seed) {
        byte[] value = new byte[bytes];
        new Random(seed).nextBytes(value);
        return value;
    }

    private static List<Map<String, AttributeValue>> rows() {
        return Stores.DIRECT.scanPaginator(request -> request.tableName(TABLE).consistentRead(true)).items().stream()
                .toList();
    }

    private static List<Map<String, AttributeValue>> rows(String kind) {
        return rows().stream().filter(item -> item.get("kind").s().equals(kind)).toList();
    }

    private double reads() {
        return reported.stream().mapToDouble(StoreOperation::readUnits).sum();
    }

    private double writes() {
        return reported.stream().mapToDouble(StoreOperation::writeUnits).sum();
    }

    private void assertUnits(String what, double reads, double writes) {
        assertThat(List.of(reads(), writes())).as(what).containsExactly(reads, writes);
        reported.clear();
        proxy.forget();
    }

    /** The table of {@code docs/cost.md}. */
    @ParameterizedTest(name = "{0} bytes")
    @DisplayName("what each kind of request costs, in read and write units")
    @CsvSource({
        // bytes, create, open, open and read, small change, touch, change of the value, id change, end
        "600,      1,    1,    1,    1,  1,    1,    2,  1",
        "4700,     5,    2,    2,    5,  5,    5,   10,  5",
        "19900,   21,    1,    3.5,  1,  1,   21,    2,  1",
        "50900,   51,    1,    7.5,  1,  1,   51,    2,  1",
        "307000, 301,    1,   38.5,  1,  1,  301,    2,  1",
        "5242000, 5127,  1,  642,    1,  1, 5127,    2,  1",
    })
    void units(
            int bytes,
            double create,
            double open,
            double read,
            double change,
            double touch,
            double replace,
            double idChange,
            double end) {
        SessionManager sessions = manager();
        Session session = sessions.newSession();
        session.set("photo", large(bytes, 1));
        session.set("n", 1);
        sessions.save(session);
        assertUnits("create", 0, create);

        String cookie = session.cookieValue();
        Session opened = sessions.open(cookie).orElseThrow();
        assertUnits("open", open, 0);
        sessions.save(opened);
        assertUnits("read only", 0, 0);
        assertThat(opened.get("photo", byte[].class)).contains(large(bytes, 1));
        assertUnits("read", read - open, 0);
        opened.set("n", 2);
        sessions.save(opened);
        assertUnits("small change", 0, change);

        clock.advance(Duration.ofMinutes(5));
        opened = sessions.open(cookie).orElseThrow();
        reported.clear();
        assertThat(sessions.save(opened)).isEqualTo(SaveOutcome.TOUCHED);
        assertUnits("touch", 0, touch);

        opened.set("photo", large(bytes, 2));
        sessions.save(opened);
        assertUnits("change of the value", 0, replace);

        opened = sessions.open(cookie).orElseThrow();
        reported.clear();
        assertThat(sessions.changeId(opened)).isEqualTo(ChangeIdOutcome.CHANGED);
        assertUnits("id change", 0, idChange);
        assertThat(sessions.open(opened.cookieValue()).orElseThrow().get("photo", byte[].class))
                .contains(large(bytes, 2));
        reported.clear();
        sessions.end(opened);
        assertUnits("end", 0, end);
    }

    @Test
    @DisplayName("an active session pays for keeping its parts once a day, and never for a day that it does not see")
    void keptOnceADay() {
        SessionManager sessions = manager();
        Session session = sessions.newSession();
        session.set("photo", large(300 * KB, 1));
        sessions.save(session);
        long touches = Duration.ofDays(4).dividedBy(Duration.ofMinutes(20));
        reported.clear();
        for (int i = 0; i < touches; i++) {
            clock.advance(Duration.ofMinutes(20));
            sessions.save(sessions.open(session.cookieValue()).orElseThrow());
            AttributeValue end = rows("session").get(0).get("expires_at");
            AttributeValue ttl = rows("part").get(0).get("ttl");
            assertThat(Long.parseLong(ttl.n()) * 1000).isGreaterThanOrEqualTo(Long.parseLong(end.n()));
        }
        List<StoreOperation> expensive = reported.stream()
                .filter(operation -> operation.writeUnits() > 1)
                .toList();
        assertThat(expensive).hasSizeBetween(3, 4).allMatch(operation -> operation.writeUnits() <= 305);
        assertThat(sessions.open(session.cookieValue()).orElseThrow().get("photo", byte[].class))
                .contains(large(300 * KB, 1));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a writer that stops between any two requests leaves the old value or the new one, whole")
    void everyRequest(Stores.Kind kind) {
        int size = 900 * KB;
        for (int lost = 0; lost < 4; lost++) {
            for (boolean applied : new boolean[] {false, true}) {
                SessionManager sessions = manager(kind, store -> {});
                Session session = sessions.newSession();
                session.set("photo", large(size, 1));
                sessions.save(session);
                Session changed = sessions.open(session.cookieValue()).orElseThrow();
                changed.set("photo", large(size, 2));
                String operation = lost < 3 ? "PutItem" : "UpdateItem";
                for (int i = 0; i < lost % 3; i++) {
                    proxy.before(operation, () -> {});
                }
                if (applied) {
                    proxy.loseReplyTo(operation);
                } else {
                    proxy.loseRequest(operation);
                }
                assertThatThrownBy(() -> sessions.save(changed)).isInstanceOf(SessionStoreException.class);
                proxy.forget();
                SessionManager others = manager(kind, store -> {});
                assertThat(others.open(session.cookieValue()).orElseThrow().get("photo", byte[].class))
                        .as("request %d, applied: %s", lost, applied)
                        .contains(large(size, lost == 3 && applied ? 2 : 1));
                assertThat(sessions.save(changed)).isEqualTo(SaveOutcome.SAVED);
                assertThat(others.open(session.cookieValue()).orElseThrow().get("photo", byte[].class))
                        .contains(large(size, 2));
                assertThat(rows("part")).allMatch(part -> part.containsKey("ttl"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a touch that stops between any two requests of keeping the parts can be repeated, and loses none")
    void everyRequestOfKeeping(Stores.Kind kind) {
        for (int lost = 0; lost < 5; lost++) {
            for (boolean applied : new boolean[] {false, true}) {
                SessionManager sessions = manager(kind, store -> {});
                Session session = sessions.newSession();
                session.set("photo", large(500 * KB, 1));
                session.setIdleTimeout(Duration.ofHours(20));
                sessions.save(session);
                clock.advance(Duration.ofHours(19));
                sessions.save(sessions.open(session.cookieValue()).orElseThrow());
                clock.advance(Duration.ofHours(19));
                Session touched = sessions.open(session.cookieValue()).orElseThrow();
                // Refused, two rows of the part, the note in the row, the touch itself.
                for (int i = 0; i < lost; i++) {
                    proxy.before("UpdateItem", () -> {});
                }
                if (applied) {
                    proxy.loseReplyTo("UpdateItem");
                } else {
                    proxy.loseRequest("UpdateItem");
                }
                assertThatThrownBy(() -> sessions.save(touched)).isInstanceOf(SessionStoreException.class);
                proxy.forget();
                assertKept();
                assertThat(sessions.save(touched)).isIn(SaveOutcome.TOUCHED, SaveOutcome.UNCHANGED);
                assertKept();
                clock.advance(Duration.ofHours(19));
                assertThat(sessions.open(session.cookieValue()).orElseThrow().get("photo", byte[].class))
                        .contains(large(500 * KB, 1));
                empty();
            }
        }
    }

    /** No part may go before its session. */
    private static void assertKept() {
        long end = Long.parseLong(rows("session").get(0).get("expires_at").n());
        long kept = Long.parseLong(rows("session").get(0).get("parts_until").n());
        assertThat(kept).isGreaterThanOrEqualTo(end);
        assertThat(rows("part")).allMatch(part -> Long.parseLong(part.get("ttl").n()) * 1000 >= kept);
    }

    @Test
    @DisplayName("what was replaced is left to TTL, and so is what a session leaves that ended")
    void leftToTtl() {
        SessionManager sessions = manager();
        Session session = sessions.newSession();
        session.set("photo", large(100 * KB, 1));
        sessions.save(session);
        session.set("photo", large(100 * KB, 2));
        sessions.save(session);
        sessions.end(session);
        assertThat(rows("part")).hasSize(2).allMatch(part -> part.containsKey("ttl"));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("delete-parts: what was replaced or removed goes at once, with an id change, too, and all at the end")
    void deletedAtOnce(Stores.Kind kind) {
        SessionManager sessions = manager(kind, store -> store.deleteParts(true));
        Session session = sessions.newSession();
        session.set("photo", large(900 * KB, 1));
        session.set("other", large(100 * KB, 1));
        sessions.save(session);
        assertThat(rows("part")).hasSize(4);
        session.set("photo", large(100 * KB, 2));
        sessions.save(session);
        assertThat(rows("part")).hasSize(2);
        assertThat(session.version()).isEqualTo(2);
        session.remove("other");
        sessions.save(session);
        assertThat(rows("part")).hasSize(1);
        session.set("photo", large(100 * KB, 3));
        assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
        assertThat(rows("part")).hasSize(1);
        Session again = sessions.open(session.cookieValue()).orElseThrow();
        assertThat(again.get("photo", byte[].class)).contains(large(100 * KB, 3));
        assertThat(sessions.end(again)).isEqualTo(DeleteOutcome.DELETED);
        assertThat(rows("part")).isEmpty();
    }

    @Test
    @DisplayName("delete-parts: what another writer stored meanwhile goes, not what was read earlier")
    void deletesWhatWasReplaced() {
        SessionManager sessions = manager(Stores.Kind.BLOCKING, store -> store.deleteParts(true));
        Session session = sessions.newSession();
        session.set("photo", large(100 * KB, 1));
        sessions.save(session);
        Session mine = sessions.open(session.cookieValue()).orElseThrow();
        Session theirs = sessions.open(session.cookieValue()).orElseThrow();
        theirs.set("photo", large(100 * KB, 2));
        sessions.save(theirs);
        mine.set("photo", large(100 * KB, 3));
        sessions.save(mine);
        assertThat(rows("part")).hasSize(1);
        assertThat(sessions.open(session.cookieValue()).orElseThrow().get("photo", byte[].class))
                .contains(large(100 * KB, 3));
    }

    @Test
    @DisplayName("a session that never had a part stays in format 1, and one that has is in format 2")
    void formats() {
        SessionManager sessions = manager();
        Session session = sessions.newSession();
        session.set("n", 1);
        sessions.save(session);
        assertThat(rows("session").get(0)).containsEntry("fmt", AttributeValue.fromN("1"));
        session.set("photo", large(100 * KB, 1));
        sessions.save(session);
        assertThat(rows("session").get(0))
                .containsEntry("fmt", AttributeValue.fromN("2"))
                .containsKey("parts_until");
        assertThat(rows("part").get(0).keySet())
                .containsExactlyInAnyOrder("id", "kind", "fmt", "uid", "content", "ttl");
    }
}
