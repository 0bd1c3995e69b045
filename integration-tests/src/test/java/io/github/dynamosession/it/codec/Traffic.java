// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.it.codec.Releases.Release;
import io.github.dynamosession.spi.KeyChangeReason;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongFunction;

/**
 * Requests of a few visitors, made at random from a seed and served by two nodes in turn; what they see is
 * compared with a model after each.
 */
final class Traffic {
    private static final int VISITORS = 4;

    /** What a visitor's session must hold: values made a second time, which no node has seen. */
    private static final class Visitor {
        String cookie = "";
        final Map<String, Object> attributes = new TreeMap<>();
        final List<String> cart = new ArrayList<>();
        long clicks;
    }

    /** Attributes that are set, by what makes them; each is equal for an equal number. */
    private static final Map<String, LongFunction<Object>> KINDS = Map.of(
            "text", n -> text(new Random(n)),
            "set", n -> set(new Random(n)),
            "map", n -> map(new Random(n)),
            "list", n -> new ArrayList<>(List.of(n, "a", Instant.ofEpochMilli(n))),
            "values", n -> List.of(new UUID(n, n), BigDecimal.valueOf(n, 2), Instant.ofEpochSecond(n, 1), (int) n, 1.5),
            "names", n -> Set.of("a" + n, "b" + n, "c" + n),
            "page", n -> text(new Random(n)) + text(new Random(n + 1)),
            "deep", n -> Map.of("k", List.of(Map.of("n", n, "set", set(new Random(n))))));

    private static final List<String> NAMES = KINDS.keySet().stream().sorted().toList();

    private final Random random;
    private final List<Visitor> visitors = new ArrayList<>();
    private int reads;
    private int writes;

    Traffic(long seed) {
        this.random = new Random(seed);
    }

    /** Requests that only read, and requests that changed something, so far. */
    String summary() {
        return reads + " requests that read, " + writes + " that changed something";
    }

    /** Everybody leaves, and others come. */
    void comeAnew(Node node, Release release) {
        visitors.clear();
        for (int i = 0; i < VISITORS; i++) {
            Visitor visitor = new Visitor();
            Session session = node.manager().newSession();
            session.set("cart", release.cart(List.of()));
            assertThat(node.manager().save(session)).isEqualTo(SaveOutcome.SAVED);
            visitor.cookie = session.cookieValue();
            visitors.add(visitor);
        }
    }

    void run(Node first, Release firstRelease, Node second, Release secondRelease, int requests) {
        for (int i = 0; i < requests; i++) {
            boolean swap = random.nextBoolean();
            request(swap ? second : first, swap ? secondRelease : firstRelease, swap ? first : second);
        }
        for (Visitor visitor : visitors) {
            read(visitor, first, firstRelease);
            read(visitor, second, secondRelease);
        }
        assertThat(first.unreadable).isEmpty();
        assertThat(second.unreadable).isEmpty();
    }

    private void request(Node node, Release release, Node other) {
        Visitor visitor = visitors.get(random.nextInt(visitors.size()));
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> read(visitor, node, release);
            case 3, 4 -> write(visitor, node, session -> set(visitor, session));
            case 5 ->
                write(visitor, node, session -> {
                    session.remove(anyName());
                    visitor.attributes
                            .keySet()
                            .removeIf(name -> !session.names().contains(name));
                    set(visitor, session);
                });
            case 6 -> write(visitor, node, session -> changeInPlace(visitor, session, release));
            case 7 -> write(visitor, node, session -> click(visitor, session));
            case 8 -> changeId(visitor, node);
            default -> together(visitor, node, other);
        }
    }

    private interface Change {
        void apply(Session session);
    }

    private void write(Visitor visitor, Node node, Change change) {
        Session session = node.open(visitor.cookie);
        if (random.nextInt(3) == 0) {
            session.names().forEach(session::get);
        }
        change.apply(session);
        SaveOutcome outcome = node.manager().save(session);
        assertThat(outcome).as("a save on %s", node).isIn(SaveOutcome.SAVED, SaveOutcome.UNCHANGED);
        writes++;
    }

    private void set(Visitor visitor, Session session) {
        String name = anyName();
        long n = random.nextInt(1_000_000);
        session.set(name, KINDS.get(name).apply(n));
        visitor.attributes.put(name, KINDS.get(name).apply(n));
    }

    private String anyName() {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    @SuppressWarnings("unchecked")
    private void changeInPlace(Visitor visitor, Session session, Release release) {
        String sku = "sku-" + random.nextInt(100_000);
        release.add(session.get("cart", release.type()).orElseThrow(), sku);
        visitor.cart.add(sku);
        session.get("list").ifPresent(list -> ((List<Object>) list).add(sku));
        Object expected = visitor.attributes.get("list");
        if (expected != null) {
            ((List<Object>) expected).add(sku);
        }
    }

    private static void click(Visitor visitor, Session session) {
        session.compute("clicks", Long.class, n -> n.orElse(0L) + 1);
        visitor.clicks++;
    }

    private void changeId(Visitor visitor, Node node) {
        Session session = node.open(visitor.cookie);
        if (random.nextBoolean()) {
            set(visitor, session);
        }
        KeyChangeReason reason = random.nextBoolean() ? KeyChangeReason.PRIVILEGE_CHANGE : KeyChangeReason.ROTATION;
        assertThat(node.manager().changeId(session, reason)).isEqualTo(ChangeIdOutcome.CHANGED);
        node.manager().save(session);
        visitor.cookie = session.cookieValue();
        writes++;
    }

    /** Two requests of one visitor at once, one on each node: both of their changes last. */
    private void together(Visitor visitor, Node node, Node other) {
        Session here = node.open(visitor.cookie);
        Session there = other.open(visitor.cookie);
        set(visitor, here);
        click(visitor, here);
        click(visitor, there);
        assertThat(other.manager().save(there)).isEqualTo(SaveOutcome.SAVED);
        assertThat(node.manager().save(here)).isEqualTo(SaveOutcome.SAVED);
        writes += 2;
    }

    /** Reads all, and writes nothing. */
    private void read(Visitor visitor, Node node, Release release) {
        node.forget();
        Session session = node.open(visitor.cookie);
        Map<String, Object> seen = new TreeMap<>();
        for (String name : session.names()) {
            if (!name.equals("cart") && !name.equals("clicks")) {
                seen.put(name, session.get(name).orElse("unreadable"));
            }
        }
        assertThat(seen).as("attributes on %s", node).isEqualTo(visitor.attributes);
        assertThat(release.skus(session.get("cart", release.type()).orElseThrow()))
                .as("the cart on %s", node)
                .isEqualTo(visitor.cart);
        assertThat(session.get("clicks", Long.class).orElse(0L))
                .as("clicks on %s", node)
                .isEqualTo(visitor.clicks);
        assertThat(node.manager().save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        node.assertOnlyRead(1);
        reads++;
    }

    private static String text(Random random) {
        int length = random.nextInt(2) == 0 ? 2_000 + random.nextInt(4_000) : random.nextInt(40);
        boolean compressible = random.nextBoolean();
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append((char) (compressible ? 'a' + i % 26 : 0x20 + random.nextInt(0x4000)));
        }
        return text.toString();
    }

    /** In a table of a size of its own, so that another JVM and this one disagree about the order. */
    private static Set<Object> set(Random random) {
        Set<Object> set = new HashSet<>(1 << random.nextInt(12));
        for (int i = random.nextInt(40); i > 0; i--) {
            set.add(random.nextBoolean() ? "e" + random.nextInt(1_000) : (Object) random.nextInt(1_000));
        }
        return set;
    }

    private static Map<String, Object> map(Random random) {
        Map<String, Object> map = new HashMap<>(1 << random.nextInt(12));
        for (int i = random.nextInt(40); i > 0; i--) {
            map.put(
                    "k" + random.nextInt(1_000),
                    Objects.requireNonNull(random.nextBoolean() ? "v" + i : (Object) (long) i));
        }
        return map;
    }
}
