// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@DisplayName("JavaCodec")
@Tag("jdk25")
class JavaCodecTest {
    record Line(String sku, int quantity) implements Serializable {}

    static class Animal implements Serializable {
        private static final long serialVersionUID = 1L;
        String name = "";
    }

    static final class Dog extends Animal {
        private static final long serialVersionUID = 1L;
        transient String forgotten = "set";
    }

    interface Operator extends UnaryOperator<String>, Serializable {}

    interface Greeter {
        String greet();
    }

    static final class Handler implements InvocationHandler, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] args) {
            return "hello";
        }
    }

    @Test
    @DisplayName("takes a class, a package, or a package with those below it, and no more")
    void patterns() {
        AllowedClasses.Builder builder = new AllowedClasses.Builder();
        List.of("com.shop.Cart", "com.shop.model.*", "com.shop.deep.**", "com.shop.Order$Line", "java.lang.Throwable")
                .forEach(builder::pattern);
        AllowedClasses allowed = builder.build();
        assertThat(List.of(
                        "com.shop.Cart",
                        "[Lcom.shop.Cart;",
                        "[[I",
                        "com.shop.model.A",
                        "com.shop.model.A$B",
                        "com.shop.deep.A",
                        "com.shop.deep.er.A",
                        "com.shop.Order$Line",
                        "com.shop.Order$Line$Part",
                        "com.shop.Cart$Line",
                        "[Lcom.shop.Cart$Line$Part;",
                        "java.util.ArrayList"))
                .allMatch(allowed::allows);
        assertThat(List.of(
                        "java.lang.Throwable$WrappedPrintStream",
                        "com.shop.Cart$1",
                        "com.shop.Cart$1Local",
                        "com.shop.Cart$Line$1",
                        "com.shop.Cart$$SpringCGLIB$$0",
                        "com.shop.Cart$",
                        "com.shop.Order$Other",
                        "com.shop.Carts",
                        "com.shop.model",
                        "com.shop.model.sub.A",
                        "com.shop.deeper.A",
                        "com.shop.Order",
                        "[Lcom.shop.Cart",
                        "Lcom.shop.Cart;",
                        "[com.shop.Cart",
                        "[Z;",
                        "",
                        "[",
                        "java.net.URL",
                        "java.lang.reflect.Proxy",
                        "java.util.Collections$CopiesList"))
                .noneMatch(allowed::allows);
        for (String bad :
                List.of("java.util.*", "java.**", "**", "*", "com.shop.", "com..shop", "sun.misc.*", "a b", "")) {
            assertThatThrownBy(() -> JavaCodec.builder().allow(bad)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    @DisplayName("takes the packages of applications that look like the JDK's, and none of the JDK's")
    void platform() {
        for (String pattern : List.of("com.sun.faces.**", "com.sun.faces.*", "javax.servlet.*", "javax.faces.**")) {
            assertThatCode(() -> JavaCodec.builder().allow(pattern).build()).doesNotThrowAnyException();
        }
        for (String pattern : List.of("com.**", "com.sun.**", "com.sun.net.httpserver.*", "javax.**", "javax.sql.*")) {
            assertThatThrownBy(() -> JavaCodec.builder().allow(pattern))
                    .as(pattern)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(pattern);
        }
    }

    static final class Order implements Serializable {
        private static final long serialVersionUID = 1L;
        final Line line = new Line();
        final Status status = Status.NEW;
        final Animal animal = new Dog();

        static final class Line implements Serializable {
            private static final long serialVersionUID = 1L;
        }

        enum Status {
            NEW
        }
    }

    sealed interface Shape extends Serializable permits Circle {}

    record Circle(int radius) implements Shape {}

    @Test
    @DisplayName("names all classes that are missing at once, without those that are nested in one of them")
    void allAtOnce() {
        assertThatThrownBy(() -> JavaCodec.builder().build().encode(new Order()))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageEndingWith("dynamosession.java.allowed-types=" + Order.class.getName() + ","
                        + Dog.class.getName() + "," + Animal.class.getName());
        JavaCodec codec = JavaCodec.builder()
                .allow(Order.class, Animal.class, Dog.class, Shape.class)
                .build();
        assertThat(codec.decode(codec.encode(new Order()), Object.class)).isInstanceOf(Order.class);
        assertThat(codec.decode(codec.encode(new Circle(1)), Object.class)).isEqualTo(new Circle(1));
    }

    @Test
    @DisplayName("wants each class named, superclasses too, and says which")
    void hierarchy() {
        Dog dog = new Dog();
        dog.name = "rex";
        assertThatThrownBy(() -> JavaCodec.builder().allow(Dog.class).build().encode(dog))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("JavaCodecTest$Animal is not allowed");
        JavaCodec codec = JavaCodec.builder().allow(Dog.class, Animal.class).build();
        Dog decoded = (Dog) codec.decode(codec.encode(dog), Animal.class);
        assertThat(decoded.name).isEqualTo("rex");
        assertThat(decoded.forgotten).isNull();
        assertThatThrownBy(() -> JavaCodec.builder().allow(Object.class, Thread.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not Serializable");
    }

    @Test
    @DisplayName("takes lambdas only if SerializedLambda and the class that holds them are named")
    void lambdas() {
        Operator lambda = text -> text + "!";
        JavaCodec half =
                JavaCodec.builder().allow("java.lang.invoke.SerializedLambda").build();
        assertThatThrownBy(() -> half.encode(lambda)).hasMessageContaining("JavaCodecTest is not allowed");
        assertThatThrownBy(() -> JavaCodec.builder()
                        .allow("io.github.dynamosession.**")
                        .build()
                        .encode(lambda))
                .hasMessageContaining("a serializable lambda");
        JavaCodec codec = JavaCodec.builder()
                .allow("java.lang.invoke.SerializedLambda", JavaCodecTest.class.getName())
                .build();
        Operator decoded = (Operator) codec.decode(codec.encode(lambda), Operator.class);
        assertThat(decoded.apply("a")).isEqualTo("a!");
    }

    @Test
    @DisplayName("takes dynamic proxies only if Proxy, their interfaces and their handler are named")
    void proxies() {
        Object proxy =
                Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Greeter.class}, new Handler());
        assertThatThrownBy(() -> JavaCodec.builder()
                        .allow(Greeter.class, Handler.class)
                        .build()
                        .encode(proxy))
                .hasMessageContaining("dynamic proxy");
        assertThatThrownBy(() -> JavaCodec.builder()
                        .allow(Handler.class)
                        .allow("java.lang.reflect.Proxy")
                        .build()
                        .encode(proxy))
                .hasMessageContaining("Greeter is not allowed");
        JavaCodec codec = JavaCodec.builder()
                .allow(Greeter.class, Handler.class)
                .allow("java.lang.reflect.Proxy")
                .build();
        assertThat(((Greeter) codec.decode(codec.encode(proxy), Greeter.class)).greet())
                .isEqualTo("hello");
    }

    @Test
    @DisplayName("follows redeployments: the class is the one of the context class loader")
    void redeployments() throws Exception {
        JavaCodec codec = JavaCodec.builder().allow(Line.class).build();
        byte[] bytes = codec.encode(new Line("a", 1));
        Thread thread = Thread.currentThread();
        ClassLoader former = thread.getContextClassLoader();
        try {
            URLClassLoader application = new ChildFirst();
            thread.setContextClassLoader(application);
            Object decoded = codec.decode(bytes, Object.class);
            assertThat(decoded.getClass()).isNotSameAs(Line.class);
            assertThat(decoded.getClass().getClassLoader()).isSameAs(application);
            assertThat(codec.decode(codec.encode(decoded), Object.class)).isEqualTo(decoded);
            // What would come back as another class is refused.
            assertThatThrownBy(() -> codec.encode(new Line("a", 1)))
                    .isInstanceOf(UnstorableValueException.class)
                    .hasMessageContaining("class loader");
            application.close();
        } finally {
            thread.setContextClassLoader(former);
        }
        assertThat(codec.decode(bytes, Object.class)).isEqualTo(new Line("a", 1));
    }

    /** Defines the test's classes once more, as a redeployed application has them. */
    private static final class ChildFirst extends URLClassLoader {
        ChildFirst() {
            super(
                    new URL[] {
                        JavaCodecTest.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                    },
                    JavaCodecTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (loaded != null) {
                    return loaded;
                }
                return name.startsWith(JavaCodecTest.class.getName())
                        ? findClass(name)
                        : super.loadClass(name, resolve);
            }
        }
    }

    @Test
    @DisplayName("finds classes without a context class loader, and through the one that is given")
    void otherThreads() {
        JavaCodec codec = JavaCodec.builder()
                .allow(Line.class)
                .classLoader(getClass().getClassLoader())
                .build();
        Thread thread = Thread.currentThread();
        ClassLoader former = thread.getContextClassLoader();
        try {
            for (ClassLoader loader : new ClassLoader[] {null, ClassLoader.getPlatformClassLoader()}) {
                thread.setContextClassLoader(loader);
                assertThat(codec.decode(codec.encode(new Line("a", 1)), Line.class))
                        .isEqualTo(new Line("a", 1));
            }
        } finally {
            thread.setContextClassLoader(former);
        }
    }

    /** Run in a JVM of its own, which has a filter: 0 if that is respected. */
    public static final class UnderAFilter {
        private UnderAFilter() {}

        public static void main(String[] args) throws Exception {
            JavaCodec codec =
                    JavaCodec.builder().allow(Line.class, Animal.class).build();
            Animal animal = new Animal();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(animal);
            }
            boolean right = args[0].equals("factory")
                    ? refusesToRead(codec, bytes.toByteArray())
                    : codec.decode(codec.encode(new Line("a", 1)), Line.class).equals(new Line("a", 1))
                            && refusesToRead(codec, bytes.toByteArray())
                            && refusesToWrite(codec, animal)
                            && refusesToRead(codec, Base64.getDecoder().decode(args[1]));
            Runtime.getRuntime().halt(right ? 0 : 1);
        }

        private static boolean refusesToRead(JavaCodec codec, byte[] bytes) {
            try {
                codec.decode(bytes, Object.class);
                return false;
            } catch (UnreadableValueException e) {
                return true;
            }
        }

        private static boolean refusesToWrite(JavaCodec codec, Object value) {
            try {
                codec.encode(value);
                return false;
            } catch (UnstorableValueException e) {
                return true;
            }
        }
    }

    /** Forgets every filter. */
    public static final class AllowEverything implements java.util.function.BinaryOperator<java.io.ObjectInputFilter> {
        public AllowEverything() {}

        @Override
        public java.io.ObjectInputFilter apply(java.io.ObjectInputFilter a, java.io.ObjectInputFilter b) {
            return info -> java.io.ObjectInputFilter.Status.ALLOWED;
        }
    }

    @Test
    @DisplayName("respects a filter of the JVM, and refuses to work without its own")
    void filterOfTheJvm() throws Exception {
        String foreign = Base64.getEncoder().encodeToString(JavaCodecAttackTest.serialize(new Handler()));
        assertThat(java("-Djdk.serialFilter=!" + Animal.class.getName(), "filter", foreign))
                .isZero();
        // One that allows everything does not widen the list.
        assertThat(java("-Djdk.serialFilter=*", "filter", foreign)).isEqualTo(1);
        assertThat(java("-Djdk.serialFilterFactory=" + AllowEverything.class.getName(), "factory", "-"))
                .isZero();
    }

    private static int java(String option, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                option,
                "-cp",
                System.getProperty("java.class.path"),
                UnderAFilter.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    @DisplayName("is chosen by settings only if they name it")
    void settings() {
        assertThatThrownBy(() -> manager(
                        "store", "memory", "codec", "java", "java.allowed-types", "com.shop.Nothing, java.util.*"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("dynamosession.java.allowed-types com.shop.Nothing is not a class")
                .hasMessageContaining("java.util.* would allow");
        try (SessionManager sessions =
                manager("store", "memory", "codec", "java", "java.allowed-types", Line.class.getName())) {
            Session session = sessions.newSession();
            session.set("line", new Line("a", 1));
            assertThatThrownBy(() -> session.set("animal", new Animal())).isInstanceOf(UnstorableValueException.class);
            sessions.save(session);
            assertThat(sessions.open(session.cookieValue()).orElseThrow().get("line"))
                    .contains(new Line("a", 1));
        }
        assertThatThrownBy(() -> manager("store", "memory"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("dynamosession.codec");
    }

    private static SessionManager manager(String... settings) {
        SessionSettings.Builder builder =
                SessionSettings.builder().systemProperties(new Properties()).environment(Map.of());
        for (int i = 0; i < settings.length; i += 2) {
            builder.set(settings[i], settings[i + 1]);
        }
        return SessionManager.builder(builder.build()).build();
    }

    @Test
    @DisplayName("names the class that is stored where it is not allowed, and not the value")
    void named() {
        byte[] bytes = JavaCodec.builder().allow(Line.class).build().encode(new Line("secret-4711", 1));
        assertThatThrownBy(() -> JavaCodec.builder().build().decode(bytes, Object.class))
                .isInstanceOf(UnreadableValueException.class)
                .hasMessageContaining("the stored value of " + Line.class.getName())
                .hasMessageContaining("dynamosession.java.allowed-types=" + Line.class.getName())
                .hasMessageNotContaining("4711");
    }

    @Test
    @DisplayName("10,000 values made at random come back equal, and reading them causes no write")
    void generated() {
        JavaCodec codec = JavaCodec.builder().allow(Line.class).build();
        for (int seed = 0; seed < 10_000; seed++) {
            Object value = value(new Random(seed), 4);
            byte[] bytes = codec.encode(value);
            Object decoded = codec.decode(bytes, Object.class);
            assertThat(decoded).as("seed %d", seed).isEqualTo(value).hasSameClassAs(value);
            byte[] again = codec.encode(decoded);
            assertThat(codec.encode(decoded)).as("seed %d", seed).isEqualTo(again);
            assertThat(codec.encode(codec.decode(bytes, Object.class)))
                    .as("seed %d", seed)
                    .isEqualTo(again);
        }
    }

    @Test
    @DisplayName("1,000 requests that read mutable values write nothing")
    void readsWriteNothing() {
        InMemorySessionStore store = new InMemorySessionStore();
        SessionManager sessions = SessionManager.builder(store)
                .codec(JavaCodec.builder().allow(Line.class, Animal.class).build())
                .build();
        Session session = sessions.newSession();
        for (int i = 0; i < 10; i++) {
            session.set("a" + i, value(new Random(i), 5));
        }
        session.set("animal", new Animal());
        session.set("set", new HashSet<>(List.of(new Line("a", 1), new Line("b", 2))));
        sessions.save(session);
        for (int i = 0; i < 1_000; i++) {
            Session request = sessions.open(session.cookieValue()).orElseThrow();
            request.names().forEach(request::get);
            assertThat(sessions.save(request)).isEqualTo(io.github.dynamosession.SaveOutcome.UNCHANGED);
        }
    }

    private static Object value(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 9 : 16)) {
            case 0 -> Integer.toString(random.nextInt(), 36);
            case 1 -> random.nextInt();
            case 2 -> random.nextLong();
            case 3 -> random.nextDouble();
            case 4 -> new BigDecimal(new BigInteger(random.nextInt(200), random), random.nextInt(400) - 200);
            case 5 -> Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000));
            case 6 -> new UUID(random.nextLong(), random.nextLong());
            case 7 -> random.nextBoolean();
            case 8 -> new Line("sku " + random.nextInt(9), random.nextInt());
            case 9 -> new HashMap<>(map(random, depth));
            case 10 -> map(random, depth);
            case 11 -> new HashSet<>(list(random, depth));
            case 12 -> new LinkedList<>(list(random, depth));
            case 13 -> List.copyOf(list(random, depth));
            case 14 -> new TreeMap<>(Map.of(random.nextInt(), value(random, depth - 1), 1, 2));
            default -> Collections.unmodifiableList(list(random, depth));
        };
    }

    private static List<Object> list(Random random, int depth) {
        List<Object> list = new ArrayList<>();
        Object shared = value(random, depth - 1);
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(random.nextInt(3) == 0 ? shared : value(random, depth - 1));
        }
        return list;
    }

    private static Map<Object, Object> map(Random random, int depth) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            map.put(value(random, 0), random.nextInt(8) == 0 ? null : value(random, depth - 1));
        }
        return map;
    }
}
