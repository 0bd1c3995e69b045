// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.KeyRing;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.ReadConsistency;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.testkit.MovableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The price of a million requests, as {@code docs/cost.md} states it: nine of ten read, one changes the cart, one request
 * of a session in ten seconds, for almost three hours, so that touches fall due. The prices are those of us-east-1, on
 * demand: <a href="https://aws.amazon.com/dynamodb/pricing/on-demand/">AWS</a>.
 */
@DisplayName("A million requests")
class PricesTest {
    private static final double USD_PER_READ_UNIT = 0.125e-6;
    private static final double USD_PER_WRITE_UNIT = 0.625e-6;
    private static final int REQUESTS = 1_000;

    /** A session of about 20 KB of JSON, how it is read, and the most that a million of its requests may cost. */
    enum Case {
        BELOW_4096(false, ReadConsistency.STRONG, null, false, 0.40),
        BELOW_4096_EVENTUAL(false, ReadConsistency.EVENTUAL, null, false, 0.34),
        BELOW_4096_TOUCHED_LESS(false, ReadConsistency.STRONG, Duration.ofMinutes(5), false, 0.36),
        BELOW_4096_ENCRYPTED(false, ReadConsistency.STRONG, null, true, 0.40),
        ABOVE_4096(true, ReadConsistency.STRONG, null, false, 0.60),
        ABOVE_4096_EVENTUAL(true, ReadConsistency.EVENTUAL, null, false, 0.47),
        ABOVE_4096_TOUCHED_LESS(true, ReadConsistency.STRONG, Duration.ofMinutes(5), false, 0.55);

        private final boolean above;
        private final ReadConsistency consistency;
        private final @Nullable Duration touchInterval;
        private final boolean encrypted;
        private final double most;

        Case(
                boolean above,
                ReadConsistency consistency,
                @Nullable Duration touchInterval,
                boolean encrypted,
                double most) {
            this.above = above;
            this.consistency = consistency;
            this.touchInterval = touchInterval;
            this.encrypted = encrypted;
            this.most = most;
        }

        /** Of one read of the session. */
        private double readUnits() {
            return (above ? 2 : 1) * (consistency == ReadConsistency.EVENTUAL ? 0.5 : 1);
        }
    }

    private final DoubleAdder reads = new DoubleAdder();
    private final DoubleAdder writes = new DoubleAdder();
    private final LongAdder touches = new LongAdder();
    private final MovableClock clock = new MovableClock();

    /**
     * What shops keep: ids, times and prices that no two lines share, texts of which many are alike. Compression makes
     * between a fifth and a sixth of it.
     */
    private static List<Map<String, Object>> cart(boolean large) {
        Random random = new Random(20);
        String[] kinds = {"chair", "table", "lamp", "shelf", "carpet", "mirror", "sofa", "desk"};
        String[] woods = {"oak", "beech", "walnut", "pine", "ash", "maple"};
        String[] colours = {"natural", "white", "black", "grey", "blue", "green", "red"};
        List<Map<String, Object>> cart = new ArrayList<>();
        for (int i = 0; i < 95; i++) {
            String kind = kinds[random.nextInt(kinds.length)];
            Map<String, Object> line = new TreeMap<>();
            line.put("productId", "PRD-" + (10_000_000 + random.nextInt(90_000_000)));
            line.put("productName", "A " + kind + " of " + woods[random.nextInt(woods.length)]);
            line.put("variant", colours[random.nextInt(colours.length)]);
            line.put("imageUrl", "/images/products/" + kind + "/small.jpg");
            line.put("unitPriceInCents", 999 + 100 * random.nextInt(200));
            line.put("quantity", 1 + random.nextInt(3));
            line.put(
                    "addedAt",
                    Instant.ofEpochSecond(1_800_000_000 + random.nextInt(86_400))
                            .toString());
            byte[] id = new byte[large ? 12 : 8];
            random.nextBytes(id);
            line.put("lineId", HexFormat.of().formatHex(id));
            cart.add(line);
        }
        return cart;
    }

    private SessionManager sessions(Case mix) {
        SessionStore store = DynamoDbSessionStore.builder()
                .client(Stores.DIRECT)
                .tableName(Stores.TABLE)
                .clock(clock)
                .readConsistency(mix.consistency)
                .observer(new SessionObserver() {
                    @Override
                    public void operation(StoreOperation operation) {
                        reads.add(operation.readUnits());
                        writes.add(operation.writeUnits());
                        if (operation.kind() == StoreOperation.Kind.TOUCH) {
                            touches.increment();
                        }
                    }
                })
                .build();
        SessionManager.Builder builder =
                SessionManager.builder(store).codec(JsonCodec.builder().build()).clock(clock);
        if (mix.touchInterval != null) {
            builder.touchInterval(mix.touchInterval);
        }
        if (mix.encrypted) {
            builder.encryption(KeyRing.of(EncryptionKey.of("one", new byte[EncryptionKey.LENGTH])));
        }
        return builder.build();
    }

    @Test
    @DisplayName("of which several change a session at one moment cost one write each")
    void oneMoment() {
        SessionManager sessions = sessions(Case.BELOW_4096);
        Session created = sessions.newSession();
        created.set("a", 1);
        created.set("b", 1);
        assertThat(sessions.save(created)).isEqualTo(SaveOutcome.SAVED);
        // The beginning of a step in which uses are recorded.
        clock.advance(Duration.ofMillis(36_000 - clock.instant().toEpochMilli() % 18_000));
        Session first = sessions.open(created.cookieValue()).orElseThrow();
        clock.advance(Duration.ofMillis(50));
        Session second = sessions.open(created.cookieValue()).orElseThrow();
        writes.reset();

        second.set("b", 2);
        assertThat(sessions.save(second)).isEqualTo(SaveOutcome.SAVED);
        first.set("a", 2);
        assertThat(sessions.save(first)).isEqualTo(SaveOutcome.SAVED);

        assertThat(writes.sum()).isEqualTo(2);
        assertThat(sessions.open(created.cookieValue()).orElseThrow().lastAccessedAt())
                .isEqualTo(clock.instant().minusMillis(50));
    }

    @Test
    @DisplayName("of a session pay for 196 bytes of its row that are not the application's")
    void ownBytes() {
        SessionManager sessions = sessions(Case.BELOW_4096);
        // A number costs a byte for each two digits, zeros at its end excepted.
        clock.advance(Duration.ofMillis(123_456_789));
        for (int units : new int[] {1, 2}) {
            Session session = sessions.newSession();
            // Its name, its quotation marks, and what DynamoDB counts for an entry of a map: four bytes.
            session.set("a", "x".repeat(1024 - 196 - 4 + units - 1));
            writes.reset();
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(writes.sum()).isEqualTo(units);
        }
    }

    @ParameterizedTest(name = "of a session {0}")
    @EnumSource
    @DisplayName("cost what the documentation says")
    void price(Case mix) {
        SessionManager sessions = sessions(mix);
        Random random = new Random(1);
        byte[] csrf = new byte[16];
        random.nextBytes(csrf);
        Session created = sessions.newSession();
        created.set("user", "maria.schneider@example.com");
        created.set("csrf", HexFormat.of().formatHex(csrf));
        created.set("locale", "de-DE");
        created.set("cart", cart(mix.above));
        assertThat(sessions.save(created)).isEqualTo(SaveOutcome.SAVED);
        String cookie = created.cookieValue();
        reads.reset();
        writes.reset();
        for (int i = 0; i < REQUESTS; i++) {
            clock.advance(Duration.ofSeconds(10));
            Session session = sessions.open(cookie).orElseThrow();
            assertThat(session.get("user")).isPresent();
            if (random.nextInt(10) == 0) {
                @SuppressWarnings("unchecked")
                List<Map<String, Object>> cart = new ArrayList<>(
                        (List<Map<String, Object>>) session.get("cart").orElseThrow());
                int changed = random.nextInt(cart.size());
                Map<String, Object> line = new TreeMap<>(cart.get(changed));
                line.put("quantity", 1 + random.nextInt(9));
                cart.set(changed, line);
                session.set("cart", cart);
            }
            assertThat(sessions.save(session)).isIn(SaveOutcome.SAVED, SaveOutcome.TOUCHED, SaveOutcome.UNCHANGED);
        }
        double usd = (reads.sum() * USD_PER_READ_UNIT + writes.sum() * USD_PER_WRITE_UNIT) / REQUESTS * 1_000_000;
        assertThat(usd).isLessThanOrEqualTo(mix.most);
        assertThat(touches.sum()).isPositive();
        assertThat(reads.sum()).isEqualTo(REQUESTS * mix.readUnits());
    }
}
