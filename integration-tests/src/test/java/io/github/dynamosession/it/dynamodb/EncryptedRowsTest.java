// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.KeyRing;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.TamperedValueException;
import io.github.dynamosession.testkit.LossyStore;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@DisplayName("Encrypted and compressed values in a table")
class EncryptedRowsTest {
    private static final EncryptionKey ONE = key("one", 1);
    private static final EncryptionKey TWO = key("two", 2);

    private final List<StoreOperation> operations = new CopyOnWriteArrayList<>();
    private final SessionStore store = DynamoDbSessionStore.builder()
            .client(Stores.DIRECT)
            .tableName(Stores.TABLE)
            .observer(new SessionObserver() {
                @Override
                public void operation(StoreOperation operation) {
                    operations.add(operation);
                }
            })
            .build();
    private final SessionManager sessions = manager(store, builder -> builder.encryption(KeyRing.of(ONE)));

    private static EncryptionKey key(String id, int seed) {
        byte[] secret = new byte[EncryptionKey.LENGTH];
        secret[0] = (byte) seed;
        return EncryptionKey.of(id, secret);
    }

    private static SessionManager manager(SessionStore store, UnaryOperator<SessionManager.Builder> settings) {
        return settings.apply(
                        SessionManager.builder(store).codec(JsonCodec.builder().build()))
                .build();
    }

    private static String given(SessionManager manager, Map<String, ?> attributes) {
        Session session = manager.newSession();
        attributes.forEach(session::set);
        assertThat(manager.save(session)).isEqualTo(SaveOutcome.SAVED);
        return session.cookieValue();
    }

    private static Session open(SessionManager manager, String cookie) {
        return manager.open(cookie).orElseThrow();
    }

    private static SessionKey row(String cookie) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(cookie.getBytes(StandardCharsets.US_ASCII));
            return SessionKey.of(Base64.getUrlEncoder().withoutPadding().encodeToString(hash));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, AttributeValue> item(String cookie) {
        return Stores.item(row(cookie));
    }

    /** Puts a row under another id, as somebody would who can write to the table. */
    private static void put(Map<String, AttributeValue> item, String cookie) {
        Stores.put(row(cookie), item);
    }

    @Test
    @DisplayName("are bytes that show nothing of the value, beside a name that everybody can read")
    void hidden() {
        String cookie = given(sessions, Map.of("user", "correct horse"));
        AttributeValue stored = item(cookie).get("data").m().get("user");
        assertThat(stored.b().asByteArray()).startsWith(5, 1, 3, 'o', 'n', 'e');
        assertThat(item(cookie).toString()).doesNotContain("horse");
        assertThat(open(sessions, cookie).get("user")).contains("correct horse");
    }

    @Test
    @DisplayName("cannot be moved to another session or name, alone or with their row and its key binding")
    void moved() {
        String victim = given(sessions, Map.of("user", "admin", "note", "x"));
        Session login = open(sessions, victim);
        assertThat(sessions.changeId(login)).isEqualTo(ChangeIdOutcome.CHANGED);
        Map<String, AttributeValue> theirs = item(login.cookieValue());
        String own = given(sessions, Map.of("user", "me", "note", "y"));
        Map<String, AttributeValue> mine = item(own);

        List<Map<String, AttributeValue>> forgeries = new ArrayList<>();
        forgeries.add(theirs);
        forgeries.add(with(mine, "data", theirs.get("data")));
        forgeries.add(with(with(mine, "data", theirs.get("data")), "key_binding", theirs.get("key_binding")));
        forgeries.add(with(with(mine, "data", theirs.get("data")), "uid", theirs.get("uid")));
        forgeries.add(with(theirs, "key_binding", null));
        forgeries.add(with(theirs, "key_binding", AttributeValue.fromS("not even bytes")));
        Map<String, AttributeValue> swapped = new HashMap<>(mine.get("data").m());
        swapped.put("user", mine.get("data").m().get("note"));
        forgeries.add(with(mine, "data", AttributeValue.fromM(swapped)));
        for (Map<String, AttributeValue> forgery : forgeries) {
            put(forgery, own);
            assertThatThrownBy(() -> open(sessions, own).get("user")).isInstanceOf(TamperedValueException.class);
            Session session = open(sessions, own);
            session.set("user", "me again");
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(open(sessions, own).get("user")).contains("me again");
        }
        assertThat(open(sessions, login.cookieValue()).get("user")).contains("admin");
    }

    private static Map<String, AttributeValue> with(
            Map<String, AttributeValue> item, String name, AttributeValue value) {
        Map<String, AttributeValue> changed = new HashMap<>(item);
        if (value == null) {
            changed.remove(name);
        } else {
            changed.put(name, value);
        }
        return changed;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are not written anew by an id change: the same bytes, another key binding")
    void idChange(KeyChangeReason reason) {
        String cookie = given(sessions, Map.of("user", "me", "long", "x".repeat(5000)));
        AttributeValue before = item(cookie).get("data");
        AttributeValue keyBinding = null;
        for (int i = 0; i < 3; i++) {
            Session session = open(sessions, cookie);
            assertThat(sessions.changeId(session, reason)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(item(cookie)).doesNotContainKeys("key_binding", "data");
            cookie = session.cookieValue();
            assertThat(item(cookie).get("data")).isEqualTo(before);
            assertThat(item(cookie).get("key_binding")).isNotNull().isNotEqualTo(keyBinding);
            keyBinding = item(cookie).get("key_binding");
            assertThat(open(sessions, cookie).get("user")).contains("me");
        }
    }

    @Test
    @DisplayName(
            "have their key binding renewed under a new key with the next write, not by one that follows a rotation")
    void rotation() {
        SessionManager rotated = manager(store, builder -> builder.encryption(KeyRing.of(TWO, ONE)));
        SessionManager retired = manager(store, builder -> builder.encryption(KeyRing.of(TWO)));
        Session session = open(sessions, given(sessions, Map.of("a", "1")));
        sessions.changeId(session);
        String cookie = session.cookieValue();
        Session late = open(rotated, cookie);
        Session rotating = open(sessions, cookie);
        sessions.changeId(rotating, KeyChangeReason.ROTATION);
        AttributeValue keyBinding = item(rotating.cookieValue()).get("key_binding");
        late.set("a", "2");
        assertThat(rotated.save(late)).isEqualTo(SaveOutcome.SAVED);
        assertThat(item(rotating.cookieValue()).get("key_binding")).isEqualTo(keyBinding);
        Session next = open(rotated, rotating.cookieValue());
        assertThat(next.get("a")).contains("2");
        next.set("a", "3");
        assertThat(rotated.save(next)).isEqualTo(SaveOutcome.SAVED);
        assertThat(item(rotating.cookieValue()).get("key_binding")).isNotEqualTo(keyBinding);
        assertThat(open(retired, rotating.cookieValue()).get("a")).contains("3");
    }

    @Test
    @DisplayName("are counted exactly by requests that compute at once, with a new nonce each time")
    void concurrent() {
        String cookie = given(sessions, Map.of("n", 0));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            CompletableFuture<?>[] all = IntStream.range(0, 4)
                    .mapToObj(thread -> CompletableFuture.runAsync(
                            () -> {
                                for (int i = 0; i < 25; i++) {
                                    Session session = open(sessions, cookie);
                                    session.compute("n", Integer.class, n -> n.orElse(0) + 1);
                                    assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
                                }
                            },
                            threads))
                    .toArray(CompletableFuture[]::new);
            CompletableFuture.allOf(all).join();
        } finally {
            threads.shutdownNow();
        }
        assertThat(open(sessions, cookie).get("n", Integer.class)).contains(100);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are counted once when the reply to their write is lost")
    void lostReplies(LossyStore.Loss loss) {
        String cookie = given(sessions, Map.of("n", 5));
        Predicate<StoreOperation.Kind> once = LossyStore.next(1);
        LossyStore lossyStore =
                new LossyStore(store, loss, kind -> kind != StoreOperation.Kind.FIND && once.test(kind));
        SessionManager lossy = manager(lossyStore, builder -> builder.encryption(KeyRing.of(ONE)));
        Session session = open(lossy, cookie);
        session.compute("n", Integer.class, n -> n.orElse(0) + 1);
        session.set("list", new ArrayList<>(List.of(1)));
        try {
            assertThat(lossy.save(session)).isEqualTo(SaveOutcome.SAVED);
        } catch (SessionStoreException e) {
            assertThat(e.outcomeUnknown()).isTrue();
            assertThat(lossy.save(session)).isEqualTo(SaveOutcome.SAVED);
        }
        assertThat(lossy.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        assertThat(open(sessions, cookie).get("n", Integer.class)).contains(6);
        assertThat(open(sessions, cookie).get("list")).contains(List.of(1));
    }

    @Test
    @DisplayName("cost a fraction when compressed: a cart of 20 KB is changed for 5 units or fewer")
    void saving() {
        List<Map<String, Object>> cart = new ArrayList<>();
        for (int i = 0; i < 220; i++) {
            cart.add(Map.of(
                    "sku",
                    "sku-" + i * 7919 % 10_000,
                    "name",
                    "A chair of wood, number " + i,
                    "price",
                    100 + i,
                    "quantity",
                    1 + i % 3));
        }
        String cart20 = given(sessions(null), Map.of("cart", cart));
        String compressed = given(sessions(SessionManager.DEFAULT_COMPRESS_ABOVE), Map.of("cart", cart));
        assertThat(units(sessions(null), cart20)).isBetween(20.0, 30.0);
        assertThat(units(sessions(null), compressed)).isBetween(2.0, 5.0);
    }

    private SessionManager sessions(Integer above) {
        return manager(store, builder -> builder.compressAbove(above).partsAbove(null));
    }

    /** What a request costs that changes something small. */
    private double units(SessionManager manager, String cookie) {
        Session session = open(manager, cookie);
        session.set("visits", 1);
        operations.clear();
        assertThat(manager.save(session)).isEqualTo(SaveOutcome.SAVED);
        return operations.stream().mapToDouble(StoreOperation::writeUnits).sum();
    }

    @Test
    @DisplayName("are left alone by a thousand requests that read")
    void reading() {
        String cookie = given(
                sessions, Map.of("list", List.of(1, 2, 3), "names", List.copyOf(Collections.nCopies(500, "name"))));
        Map<String, AttributeValue> before = item(cookie);
        operations.clear();
        for (int i = 0; i < 1000; i++) {
            Session session = open(sessions, cookie);
            assertThat(session.get("list")).isPresent();
            assertThat(session.get("names")).isPresent();
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        }
        assertThat(operations).hasSize(1000).allMatch(operation -> operation.writeUnits() == 0);
        assertThat(item(cookie)).isEqualTo(before);
    }
}
