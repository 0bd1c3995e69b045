// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.java;

import io.github.dynamosession.codec.internal.JavaPlatform;
import io.github.dynamosession.codec.internal.ListedClasses;
import io.github.dynamosession.spi.Setting;
import java.lang.reflect.Proxy;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The classes that a serialized value may name: those of the JDK listed here, and what the application adds. */
final class AllowedClasses {
    static final Setting SETTING = new Setting(
            "java.allowed-types",
            List.class,
            "",
            "classes, packages as `com.shop.*`, or with subpackages as `com.shop.**`, that `java` may store; see"
                    + " [codec-java.md](codec-java.md)");

    /**
     * Values and collections whose code, run on hostile contents, makes values and collections and nothing
     * else. Left out for a reason: {@code URL} and {@code InetAddress} (look up names), {@code Pattern}
     * (compiles), {@code Calendar} and {@code TimeZone} (classes of the JDK's inside), {@code nCopies} (a
     * few bytes that stand for a billion elements), {@code Class} objects of classes not allowed.
     */
    private static final String JDK = """
        java.lang.Boolean java.lang.Byte java.lang.Character java.lang.Double java.lang.Enum java.lang.Float
        java.lang.Integer java.lang.Long java.lang.Number java.lang.Object java.lang.Short java.lang.String
        java.lang.String$CaseInsensitiveComparator java.lang.Comparable java.lang.Class java.lang.Cloneable
        java.lang.CharSequence java.lang.Iterable java.io.Serializable
        java.math.BigDecimal java.math.BigInteger java.math.MathContext java.math.RoundingMode
        java.net.URI
        java.sql.Date java.sql.Time java.sql.Timestamp
        java.time.DayOfWeek java.time.Duration java.time.Instant java.time.LocalDate java.time.LocalDateTime
        java.time.LocalTime java.time.Month java.time.MonthDay java.time.OffsetDateTime java.time.OffsetTime
        java.time.Period java.time.Ser java.time.Year java.time.YearMonth java.time.ZonedDateTime
        java.time.ZoneId java.time.ZoneOffset java.time.temporal.ChronoField java.time.temporal.ChronoUnit
        java.util.AbstractMap$SimpleEntry java.util.AbstractMap$SimpleImmutableEntry java.util.ArrayDeque
        java.util.ArrayList java.util.Arrays$ArrayList java.util.BitSet java.util.CollSer java.util.Collection
        java.util.Comparators$NaturalOrderComparator java.util.Currency java.util.Date java.util.Deque
        java.util.EnumMap java.util.EnumSet java.util.EnumSet$SerializationProxy java.util.HashMap
        java.util.HashSet java.util.Hashtable java.util.LinkedHashMap java.util.LinkedHashSet
        java.util.LinkedList java.util.List java.util.Locale java.util.Map java.util.Map$Entry
        java.util.NavigableMap java.util.NavigableSet java.util.PriorityQueue java.util.Properties
        java.util.Queue java.util.Set java.util.SortedMap java.util.SortedSet java.util.Stack
        java.util.TreeMap java.util.TreeSet java.util.UUID java.util.Vector
        java.util.Collections$EmptyList java.util.Collections$EmptyMap java.util.Collections$EmptySet
        java.util.Collections$ReverseComparator java.util.Collections$ReverseComparator2
        java.util.Collections$SetFromMap java.util.Collections$SingletonList
        java.util.Collections$SingletonMap java.util.Collections$SingletonSet
        java.util.Collections$SynchronizedCollection java.util.Collections$SynchronizedList
        java.util.Collections$SynchronizedMap java.util.Collections$SynchronizedNavigableMap
        java.util.Collections$SynchronizedNavigableSet java.util.Collections$SynchronizedRandomAccessList
        java.util.Collections$SynchronizedSet java.util.Collections$SynchronizedSortedMap
        java.util.Collections$SynchronizedSortedSet java.util.Collections$UnmodifiableCollection
        java.util.Collections$UnmodifiableList java.util.Collections$UnmodifiableMap
        java.util.Collections$UnmodifiableNavigableMap java.util.Collections$UnmodifiableNavigableSet
        java.util.Collections$UnmodifiableNavigableMap$EmptyNavigableMap
        java.util.Collections$UnmodifiableNavigableSet$EmptyNavigableSet
        java.util.Collections$UnmodifiableRandomAccessList java.util.Collections$UnmodifiableSet
        java.util.Collections$UnmodifiableSequencedCollection java.util.Collections$UnmodifiableSequencedMap
        java.util.Collections$UnmodifiableSequencedSet java.util.Collections$UnmodifiableSortedMap
        java.util.Collections$UnmodifiableSortedSet
        java.util.concurrent.ConcurrentHashMap java.util.concurrent.ConcurrentHashMap$Segment
        java.util.concurrent.ConcurrentHashMap$KeySetView java.util.concurrent.ConcurrentHashMap$CollectionView
        java.util.concurrent.ConcurrentLinkedDeque java.util.concurrent.ConcurrentLinkedQueue
        java.util.concurrent.ConcurrentSkipListMap java.util.concurrent.ConcurrentSkipListSet
        java.util.concurrent.CopyOnWriteArrayList java.util.concurrent.CopyOnWriteArraySet
        java.util.concurrent.TimeUnit
        java.util.concurrent.atomic.AtomicBoolean java.util.concurrent.atomic.AtomicInteger
        java.util.concurrent.atomic.AtomicLong java.util.concurrent.atomic.AtomicReference
        java.util.concurrent.locks.AbstractOwnableSynchronizer
        java.util.concurrent.locks.AbstractQueuedSynchronizer java.util.concurrent.locks.ReentrantLock
        java.util.concurrent.locks.ReentrantLock$NonfairSync java.util.concurrent.locks.ReentrantLock$Sync
        """;

    private static final Set<String> JDK_NAMES = Set.of(JDK.split("\\s+"));

    private static final Pattern PACKAGE = Pattern.compile("[\\w$]+(\\.[\\w$]+)*", Pattern.UNICODE_CHARACTER_CLASS);

    /** Longer ones are not worth repeating in a message. */
    private static final int LONGEST_NAME = 256;

    private static final String PRIMITIVES = "ZBCSIJFD";

    private final Set<String> names;
    /** The application's among the names, whose nested classes are allowed with them. */
    private final Set<String> outer;

    private final Set<String> packages;
    private final Set<String> trees;
    private final int longestTree;

    /** How messages name the setting. */
    private final String setting;

    private AllowedClasses(Set<String> names, Set<String> packages, Set<String> trees, String setting) {
        this.setting = setting;
        this.names = Set.copyOf(names);
        this.outer = names.stream()
                .filter(name -> !JavaPlatform.hasPackage(name.substring(0, Math.max(0, name.lastIndexOf('.')))))
                .collect(Collectors.toUnmodifiableSet());
        this.packages = Set.copyOf(packages);
        this.trees = Set.copyOf(trees);
        this.longestTree = trees.stream().mapToInt(String::length).max().orElse(0);
    }

    /**
     * Whether a class may be named.
     *
     * @param name as {@link Class#getName()} has it; of an array the type of its elements counts
     */
    boolean allows(String name) {
        if (!name.startsWith("[")) {
            return allowsElement(name);
        }
        String element = element(name);
        return name.endsWith(";") ? allowsElement(element) : element.length() == 1 && PRIMITIVES.contains(element);
    }

    /** Whether a class is allowed by its own name: a package that is allowed does not mean what is made at run time. */
    boolean names(String name) {
        return names.contains(name);
    }

    /** The type of an array's elements, of a primitive one its letter; another name as it is. */
    private static String element(String name) {
        int dimensions = 0;
        while (dimensions < name.length() && name.charAt(dimensions) == '[') {
            dimensions++;
        }
        boolean classes = dimensions > 0 && name.startsWith("L", dimensions) && name.endsWith(";");
        return classes ? name.substring(dimensions + 1, name.length() - 1) : name.substring(dimensions);
    }

    private boolean allowsElement(String name) {
        if (JDK_NAMES.contains(name) || names.contains(name) || enclosing(name, outer) != null) {
            return true;
        }
        int dot = name.lastIndexOf('.');
        if (dot < 0) {
            return false;
        }
        if (packages.contains(name.substring(0, dot))) {
            return true;
        }
        // From the front, and no further than the longest tree: a hostile name has 64 KB of dots.
        for (int end = name.indexOf('.'); end > 0 && end <= longestTree; end = name.indexOf('.', end + 1)) {
            if (trees.contains(name.substring(0, end))) {
                return true;
            }
        }
        return false;
    }

    /** The listed class in which a class of that name is nested; null if there is none, or if it is anonymous or local. */
    private static @Nullable String enclosing(String name, Set<String> listed) {
        int start = name.lastIndexOf('.') + 1;
        for (int end = name.indexOf('$', start); end > 0; end = name.indexOf('$', end + 1)) {
            if (!isNamed(name, end)) {
                return null;
            }
            String outer = name.substring(0, end);
            if (listed.contains(outer)) {
                // All that follows has to be a name, too.
                for (int rest = name.indexOf('$', end + 1); rest > 0; rest = name.indexOf('$', rest + 1)) {
                    if (!isNamed(name, rest)) {
                        return null;
                    }
                }
                return outer;
            }
        }
        return null;
    }

    private static boolean isNamed(String name, int dollar) {
        return dollar + 1 < name.length()
                && Character.isJavaIdentifierStart(name.charAt(dollar + 1))
                && name.charAt(dollar + 1) != '$';
    }

    /** Whether dynamic proxies may be made, of interfaces that are allowed. */
    boolean allowsProxies() {
        return names.contains(Proxy.class.getName());
    }

    /** Why a class is refused, and what allows it. */
    String refusal(String name) {
        return refusal(Set.of(name));
    }

    /** Why classes are refused, and what allows them: one line for all. */
    String refusal(Set<String> classes) {
        Set<String> entries = new LinkedHashSet<>();
        for (String name : classes) {
            String printable = printable(name);
            if (enclosing(printable, classes) == null) {
                entries.add(printable);
            }
        }
        String list = String.join(",", entries);
        boolean one = entries.size() == 1;
        String what = list.replace(",", ", ");
        if (one && list.equals(Proxy.class.getName())) {
            what = "a dynamic proxy (" + list + ")";
        } else if (one && list.equals("java.lang.invoke.SerializedLambda")) {
            what = "a serializable lambda (" + list + ", and the class that holds it)";
        }
        return what + (one ? " is not allowed: name it" : " are not allowed: name them")
                + " in JavaCodec.Builder.allow or in the setting " + setting + "=" + list;
    }

    /** A class's name for a message, of an array that of its elements; what cannot be a name may be a value. */
    static String printable(String name) {
        String element = element(name);
        return element.length() <= LONGEST_NAME && PACKAGE.matcher(element).matches()
                ? element
                : "a class whose name is malformed";
    }

    /** Collects what the application allows. */
    static final class Builder {
        private final Set<String> names = new HashSet<>();
        private final Set<String> packages = new HashSet<>();
        private final Set<String> trees = new HashSet<>();
        private String setting = "dynamosession." + SETTING.key();

        /** How messages name the setting. */
        void setting(String name) {
            setting = name;
        }

        void name(String name) {
            names.add(name);
        }

        /** A class, and the permitted subclasses of a sealed one; nested classes are found by their names. */
        void type(Class<?> listed) {
            ListedClasses.with(listed).forEach(type -> names.add(type.getName()));
        }

        /** A class name, {@code package.*} or {@code package.**}. */
        void pattern(String pattern) {
            boolean tree = pattern.endsWith(".**");
            boolean one = pattern.endsWith(".*");
            String name = pattern.substring(0, pattern.length() - (tree ? 3 : one ? 2 : 0));
            if (!PACKAGE.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        pattern + " is neither a class name nor a package as com.shop.* or com.shop.**");
            }
            if (tree || one) {
                // Whoever needs one of the JDK's names it.
                if (tree ? JavaPlatform.hasPackageWithin(name) : JavaPlatform.hasPackage(name)) {
                    throw new IllegalArgumentException(
                            pattern + " would allow whatever the JDK has: name each class that is needed");
                }
                (tree ? trees : packages).add(name);
            } else {
                names.add(name);
            }
        }

        AllowedClasses build() {
            return new AllowedClasses(names, packages, trees, setting);
        }
    }
}
