// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.java;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.testkit.SessionCodecContract;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.Currency;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

@DisplayName("JavaCodec keeps the contract of codecs")
@Tag("jdk25")
class JavaCodecContractTest extends SessionCodecContract {
    private record Line(String sku, int quantity, List<String> notes) implements Serializable {}

    private enum Color {
        RED,
        GREEN {
            @Override
            public String toString() {
                return "green";
            }
        }
    }

    private static class Animal implements Serializable {
        private static final long serialVersionUID = 1L;
        private final String name;

        Animal(String name) {
            this.name = name;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Animal animal
                    && animal.name.equals(name)
                    && animal.getClass().equals(getClass());
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }
    }

    private static final class Dog extends Animal {
        private static final long serialVersionUID = 1L;

        Dog(String name) {
            super(name);
        }
    }

    private record NotAllowed(int x) implements Serializable {}

    private static class NoDefaultConstructor {
        NoDefaultConstructor(int x) {}
    }

    private static final class NotMadeAgain extends NoDefaultConstructor implements Serializable {
        private static final long serialVersionUID = 1L;

        NotMadeAgain() {
            super(1);
        }
    }

    private interface Task extends Runnable, Serializable {}

    @Override
    protected SessionCodec createCodec() {
        return JavaCodec.builder()
                .allow(Line.class, Color.class, Animal.class, Dog.class, NotMadeAgain.class)
                .build();
    }

    @Override
    protected List<Object> keptValues() {
        List<Object> kept = new ArrayList<>(super.keptValues());
        Map<String, Object> nested = new LinkedHashMap<>();
        nested.put("a", new ArrayList<>(List.of(1, 2L, "x")));
        nested.put("b", null);
        nested.put("c", new HashSet<>(List.of("p", "q")));
        kept.addAll(List.of(
                'c',
                (byte) 1,
                (short) 2,
                1.5f,
                new BigDecimal("1.10"),
                BigInteger.TWO.pow(100),
                UUID.fromString("123e4567-e89b-12d3-a456-426614174000"),
                URI.create("https://example.org/?a=b"),
                Locale.GERMANY,
                Currency.getInstance("EUR"),
                new Date(1),
                new java.sql.Timestamp(1),
                Instant.parse("2024-02-29T12:34:56.123456789Z"),
                LocalDate.of(2024, 2, 29).atStartOfDay(java.time.ZoneId.of("Europe/Berlin")),
                Duration.ofNanos(1_000_000_001),
                DayOfWeek.MONDAY,
                new byte[] {1, -1},
                new int[] {1, 2},
                new String[] {"a", "b"},
                new Object[] {"a", 1},
                new Instant[] {Instant.EPOCH},
                BitSet.valueOf(new long[] {5}),
                nested,
                new ArrayList<>(List.of(1L, 2L)),
                new LinkedList<>(List.of("a")),
                new Vector<>(List.of("a")),
                new HashMap<>(Map.of("a", 1)),
                new TreeMap<>(Map.of("a", 1)),
                new TreeMap<>(Map.of(1, new TreeSet<>(List.of(3, 4)))),
                new LinkedHashSet<>(List.of("a", "b"))));
        TreeSet<Integer> reversed = new TreeSet<>(Comparator.reverseOrder());
        reversed.addAll(List.of(1, 2));
        TreeMap<String, Integer> anyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER.reversed());
        anyCase.put("a", 1);
        Set<String> setFromMap = Collections.newSetFromMap(new ConcurrentHashMap<>());
        setFromMap.add("a");
        Properties properties = new Properties();
        properties.setProperty("a", "b");
        kept.addAll(List.of(
                reversed,
                anyCase,
                properties,
                EnumSet.of(Color.GREEN, Color.RED),
                new EnumMap<>(Map.of(Color.RED, 1)),
                new ConcurrentHashMap<>(Map.of("a", 1)),
                new ConcurrentSkipListMap<>(Map.of("a", 1)),
                new CopyOnWriteArrayList<>(List.of("a")),
                List.of("a", "b"),
                Set.of("a"),
                Map.of("a", 1),
                Arrays.asList("a", null),
                Collections.emptyList(),
                Collections.singletonMap("a", 1),
                Collections.unmodifiableList(new ArrayList<>(List.of("a"))),
                Collections.unmodifiableMap(new HashMap<>(Map.of("a", 1))),
                Collections.synchronizedList(new ArrayList<>(List.of("a"))),
                Collections.synchronizedMap(new HashMap<>(Map.of("a", List.of(1)))),
                setFromMap,
                new AbstractMap.SimpleEntry<>("k", 1),
                Color.RED,
                Color.GREEN,
                new Line("sku", 1, List.of("a")),
                new Line[] {new Line("sku", 1, List.of())},
                new Animal("cat"),
                new Dog("rex")));
        return kept;
    }

    @Override
    protected List<Object> refusedValues() {
        List<Object> refused = new ArrayList<>(super.refusedValues());
        Task lambda = () -> {};
        refused.addAll(List.of(
                new NotAllowed(1),
                List.of(new NotAllowed(1)),
                new NotAllowed[0],
                new NotMadeAgain(),
                Collections.nCopies(3, "a"),
                InetAddress.getLoopbackAddress(),
                new TreeSet<>(Comparator.comparing(Object::toString)),
                List.of(lambda)));
        return refused;
    }

    @Override
    protected List<Earlier> earlierEncodings() {
        // What release 0.1 wrote: text, a list of a long and an instant, a map.
        return List.of(
                earlier("rO0ABXQABHRleHQ=", "text"),
                earlier(
                        "rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcAUH2sHDFmDRAwACRgAKbG9hZEZhY3RvckkACXRocmVzaG9sZHhwP0AAAAAAAAx3"
                                + "CAAAABAAAAABdAABYXNyABFqYXZhLmxhbmcuSW50ZWdlchLioKT3gYc4AgABSQAFdmFsdWV4cgAQamF2YS5sYW5nLk51"
                                + "bWJlcoaslR0LlOCLAgAAeHAAAAABeA==",
                        new HashMap<>(Map.of("a", 1))));
    }

    private static Earlier earlier(String base64, Object value) {
        return new Earlier(
                EncodedValue.of(EncodedValue.JAVA, Base64.getDecoder().decode(base64)), value.getClass(), value);
    }
}
