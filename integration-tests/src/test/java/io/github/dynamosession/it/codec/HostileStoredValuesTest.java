// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.UnreadablePolicy;
import io.github.dynamosession.crypto.ValueProtection;
import io.github.dynamosession.integration.Full;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UpdateOutcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.zip.Deflater;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Stored bytes that this library did not write, behind compression and encryption")
@Tag(Full.TAG)
class HostileStoredValuesTest {
    /** For each way to store values. */
    private static final int MUTATIONS =
            Integer.getInteger("dynamosession.codec.mutations", Full.IS_ASKED_FOR ? 50_000 : 10_000) / 16;

    /** What a value may take that is not compressed, or compressed into as many bytes as were read. */
    private static final long BYTES_ALLOCATED = 4_000_000;

    /** What reading allocates beside the arrays that it expands into: less once the code is compiled. */
    private static final long BYTES_BESIDE = 1_000_000;

    /** What a value may take that expands to the largest size that there is. */
    private static final long BYTES_EXPANDED = 4L * ValueProtection.MAX_COMPRESSED_VALUE + BYTES_BESIDE;

    /** What the bomb expands to, and says so. */
    private static final int BOMB = 100_000_000;

    private final TamperingStore store = new TamperingStore();

    static List<Way> ways() {
        return Way.all();
    }

    private SessionManager manager(Way way) {
        SessionManager.Builder builder = SessionManager.builder(store);
        way.configure(builder);
        return builder.unreadableAttributes(UnreadablePolicy.FAIL).build();
    }

    private static String write(SessionManager manager) {
        Session session = manager.newSession();
        HashOrders.values().forEach(session::set);
        assertThat(manager.save(session)).isEqualTo(SaveOutcome.SAVED);
        return session.cookieValue();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ways")
    @DisplayName("a value, or an unreadable one: no other exception, no crash, no hang, and memory within a bound")
    void mutations(Way way) {
        try (SessionManager manager = manager(way)) {
            String cookie = write(manager);
            Map<String, EncodedValue> stored = store.stored(manager.open(cookie).orElseThrow());
            List<String> names = stored.keySet().stream().sorted().toList();
            names.forEach(name -> read(manager, cookie, name));
            Random random = new Random(20_261_121);
            int values = 0;
            for (int i = 0; i < MUTATIONS; i++) {
                String name = names.get(random.nextInt(names.size()));
                EncodedValue other = stored.get(names.get(random.nextInt(names.size())));
                EncodedValue mutant = mutate(stored.get(name), other, random);
                store.replacement = Map.of(name, mutant);
                long before = allocated();
                boolean value = read(manager, cookie, name);
                assertThat(allocated() - before).as("mutation %d", i).isLessThan(BYTES_ALLOCATED);
                if (value && way.isEncrypted()) {
                    assertThat(mutant).as("mutation %d", i).isEqualTo(stored.get(name));
                }
                values += value ? 1 : 0;
            }
            assertThat(values).isLessThan(MUTATIONS);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ways")
    @DisplayName("a format byte selects nothing that is not registered: no other codec, no Java serialization")
    void formatByte(Way way) throws IOException {
        ByteArrayOutputStream serialized = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(serialized)) {
            out.writeObject(new Tripwire());
        }
        Tripwire.tripped = false;
        try (SessionManager manager = manager(way)) {
            String cookie = write(manager);
            Map<String, EncodedValue> stored =
                    new HashMap<>(store.stored(manager.open(cookie).orElseThrow()));
            stored.forEach((name, value) -> {
                for (int format = 1; format <= EncodedValue.LAST_CUSTOM; format++) {
                    if (format != value.format()) {
                        store.replacement = Map.of(name, EncodedValue.of(format, value.bytes()));
                        assertThat(read(manager, cookie, name))
                                .as("format %d", format)
                                .isFalse();
                    }
                    store.replacement = Map.of(name, EncodedValue.of(format, serialized.toByteArray()));
                    assertThat(read(manager, cookie, name))
                            .as("Java as %d", format)
                            .isFalse();
                }
            });
        }
        assertThat(Tripwire.tripped).isFalse();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ways")
    @DisplayName("what expands takes no more than the largest value that is compressed")
    void bombs(Way way) {
        byte[] bomb = deflate(new byte[BOMB]);
        byte[] largest = deflate(new byte[ValueProtection.MAX_COMPRESSED_VALUE]);
        try (SessionManager manager = manager(way)) {
            String cookie = write(manager);
            for (int inner : List.of(1, 2, 3, 4, 5, 64)) {
                for (byte[] stream : List.of(bomb, largest)) {
                    for (int length : new int[] {0, 1, ValueProtection.MAX_COMPRESSED_VALUE, BOMB, Integer.MAX_VALUE}) {
                        store.replacement = Map.of("text", compressed(inner, length, stream));
                        long before = allocated();
                        assertThat(read(manager, cookie, "text")).isFalse();
                        assertThat(allocated() - before)
                                .isLessThan(
                                        length == ValueProtection.MAX_COMPRESSED_VALUE
                                                ? BYTES_EXPANDED
                                                : BYTES_ALLOCATED);
                    }
                }
            }
        }
    }

    private static boolean read(SessionManager manager, String cookie, String name) {
        try {
            return manager.open(cookie).orElseThrow().get(name).isPresent();
        } catch (UnreadableValueException expected) {
            return false;
        }
    }

    private static EncodedValue compressed(int format, int length, byte[] stream) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(format);
        int rest = length;
        while (rest > 0x7f) {
            bytes.write(rest | 0x80);
            rest >>>= 7;
        }
        bytes.write(rest);
        bytes.writeBytes(stream);
        return EncodedValue.of(EncodedValue.COMPRESSED, bytes.toByteArray());
    }

    private static byte[] deflate(byte[] bytes) {
        Deflater deflater = new Deflater();
        deflater.setInput(bytes);
        deflater.finish();
        byte[] room = new byte[1_000_000];
        int length = deflater.deflate(room);
        deflater.end();
        return Arrays.copyOf(room, length);
    }

    private static EncodedValue mutate(EncodedValue value, EncodedValue other, Random random) {
        byte[] bytes = value.bytes().clone();
        for (int n = random.nextInt(4) == 0 ? 3 : 1; n > 0 && bytes.length > 0; n--) {
            // Headers more often than what comes after them.
            int at = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(bytes.length, 16));
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                case 3 -> bytes = splice(bytes, at, other.bytes(), random.nextInt(other.bytes().length + 1));
                default -> bytes = splice(bytes, at, bytes, Math.min(bytes.length, at + random.nextInt(5)));
            }
        }
        boolean keepsFormat = random.nextInt(8) > 0;
        return EncodedValue.of(keepsFormat ? value.format() : 1 + random.nextInt(6), bytes);
    }

    private static byte[] splice(byte[] first, int end, byte[] second, int start) {
        byte[] both = Arrays.copyOf(first, end + second.length - start);
        System.arraycopy(second, start, both, end, second.length - start);
        return both;
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    /** Notices that it is brought to life. */
    private static final class Tripwire implements Serializable {
        private static final long serialVersionUID = 1L;
        static volatile boolean tripped;

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            tripped = true;
            in.defaultReadObject();
        }
    }

    /** Finds what was stored, with some attributes replaced. */
    private static final class TamperingStore implements SessionStore {
        private final InMemorySessionStore delegate = new InMemorySessionStore();
        Map<String, EncodedValue> replacement = Map.of();
        private Map<String, EncodedValue> found = Map.of();

        /** What the session that was opened last has. */
        Map<String, EncodedValue> stored(Session opened) {
            assertThat(opened.names()).hasSameSizeAs(found.keySet());
            return found;
        }

        @Override
        public boolean isBlocking() {
            return true;
        }

        @Override
        public CompletionStage<FindOutcome> find(SessionKey key) {
            FindOutcome outcome = delegate.find(key).toCompletableFuture().join();
            if (outcome instanceof FindOutcome.Found session) {
                found = new HashMap<>(session.session().attributes());
                found.putAll(replacement);
                outcome = new FindOutcome.Found(
                        session.session().toBuilder().attributes(found).build());
            }
            return CompletableFuture.completedFuture(outcome);
        }

        @Override
        public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
            return delegate.create(key, session);
        }

        @Override
        public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
            return delegate.update(key, delta);
        }

        @Override
        public CompletionStage<ChangeKeyOutcome> changeKey(
                SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
            return delegate.changeKey(from, to, seen, delta, reason);
        }

        @Override
        public CompletionStage<DeleteOutcome> delete(SessionKey key) {
            return delegate.delete(key);
        }

        @Override
        public void close() {
            delegate.close();
        }
    }
}
