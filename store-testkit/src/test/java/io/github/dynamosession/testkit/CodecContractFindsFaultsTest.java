// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

@DisplayName("The contract of a codec")
class CodecContractFindsFaultsTest {
    private static Fault fault = Fault.NONE;

    enum Fault {
        NONE("none"),
        LONG_COMES_BACK_AS_INTEGER("K1"),
        TYPE_IS_IGNORED("K3"),
        ANYTHING_IS_STORED_AS_TEXT("K2"),
        LONE_SURROGATES_ARE_LOST("K2"),
        REFUSAL_DOES_NOT_NAME_THE_TYPE("K2"),
        DAMAGE_IS_ANOTHER_EXCEPTION("K3"),
        TRUNCATION_IS_ANOTHER_EXCEPTION("K3"),
        LENGTH_IS_BELIEVED("K3"),
        NESTING_IS_FOLLOWED("K3"),
        ANY_SERIALIZED_CLASS_IS_READ("K3"),
        ANY_NAMED_CLASS_IS_LOADED("K3"),
        ENCODER_IS_SHARED("K4"),
        BUFFER_IS_REUSED("K4"),
        FORMAT_CHANGES("K5"),
        OLD_ENCODINGS_ARE_FORGOTTEN("K5"),
        VALUE_IN_MESSAGE("K6"),
        VALUE_IN_CAUSE("K6"),
        ENCODING_CHANGES("K7");

        final String clause;

        Fault(String clause) {
            this.clause = clause;
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    @DisplayName("finds the fault and names its clause")
    void findsFault(Fault injected) {
        fault = injected;
        assertThat(failures(Contract.class)).anyMatch(name -> name.matches(".*\\b" + injected.clause + "\\b.*"));
    }

    @Test
    @DisplayName("finds nothing where nothing is wrong")
    void findsNothing() {
        fault = Fault.NONE;
        assertThat(failures(Contract.class)).isEmpty();
    }

    @Test
    @DisplayName("skips what is not there, visibly: encodings of earlier releases")
    void skips() {
        fault = Fault.NONE;
        assertThat(run(NewContract.class).testEvents().aborted().list()).hasSize(1);
    }

    private static EngineExecutionResults run(Class<?> contract) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(contract))
                .execute();
    }

    private static List<String> failures(Class<?> contract) {
        return run(contract).allEvents().failed().stream()
                .map(event -> event.getTestDescriptor().getDisplayName())
                .toList();
    }

    /** Run by the tests of this class only. */
    static class Contract extends SessionCodecContract {
        @Override
        protected SessionCodec createCodec() {
            return new TaggedText();
        }

        @Override
        protected List<Object> keptValues() {
            return List.of("text", "", true, 42, -1, 42L, 1.5);
        }

        @Override
        protected Map<Type, Object> typedValues() {
            return Map.of(CharSequence.class, "typed");
        }

        @Override
        protected List<Earlier> earlierEncodings() {
            EncodedValue old = EncodedValue.of(64, "Sold".getBytes(StandardCharsets.UTF_8));
            return List.of(new Earlier(old, String.class, "old"));
        }
    }

    /** A codec of which no earlier release exists. */
    static class NewContract extends Contract {
        @Override
        protected List<Earlier> earlierEncodings() {
            return List.of();
        }
    }

    /** Text behind a letter that tells its class; at most one fault. */
    private static final class TaggedText implements SessionCodec {
        private static int instances;

        private final int number = instances++;
        private final StringBuilder shared = new StringBuilder();
        private byte[] reused = new byte[0];
        private int encoded;

        private static boolean is(Fault other) {
            return fault == other;
        }

        @Override
        public int format() {
            return is(Fault.FORMAT_CHANGES) ? 64 + number % 60 : 64;
        }

        @Override
        public byte[] encode(Object value) {
            String text = tag(value) + String.valueOf(value);
            if (is(Fault.ENCODER_IS_SHARED)) {
                shared.setLength(0);
                for (char c : text.toCharArray()) {
                    shared.append(c);
                    Thread.yield();
                }
                text = shared.toString();
            }
            if (is(Fault.ENCODING_CHANGES) && value instanceof Integer) {
                text = tag(value) + "0".repeat(1 + encoded++ % 2) + Math.abs((Integer) value);
            }
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(text) && !is(Fault.LONE_SURROGATES_ARE_LOST)) {
                throw new UnstorableValueException("a String that is not Unicode", null);
            }
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            if (is(Fault.BUFFER_IS_REUSED)) {
                if (reused.length != bytes.length) {
                    reused = new byte[bytes.length];
                }
                System.arraycopy(bytes, 0, reused, 0, bytes.length);
                return reused;
            }
            return bytes;
        }

        private static char tag(Object value) {
            if (value instanceof String) {
                return 's';
            } else if (value instanceof Integer) {
                return 'i';
            } else if (value instanceof Long) {
                return 'l';
            } else if (value instanceof Double) {
                return 'd';
            } else if (value instanceof Boolean) {
                return 'b';
            } else if (is(Fault.ANYTHING_IS_STORED_AS_TEXT)) {
                return 's';
            }
            String type = is(Fault.REFUSAL_DOES_NOT_NAME_THE_TYPE)
                    ? "such a value"
                    : value instanceof List<?> list && !list.isEmpty() && list.get(0) != list
                            ? "a list of " + list.get(0).getClass().getSimpleName()
                            : value.getClass().getSimpleName();
            throw new UnstorableValueException(type + " is not stored", null);
        }

        @Override
        public Object decode(byte[] bytes, Type type) {
            if (is(Fault.LENGTH_IS_BELIEVED) && bytes.length == 5 && bytes[0] == 'v') {
                byte[] announced = new byte
                        [Math.min(
                                100_000_000,
                                Math.abs(ByteBuffer.wrap(bytes, 1, 4).getInt()))];
                Arrays.fill(announced, (byte) 1);
            }
            if (is(Fault.NESTING_IS_FOLLOWED)) {
                nest(bytes, 0);
            }
            String text;
            try {
                text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
            } catch (CharacterCodingException e) {
                if (is(Fault.ANY_SERIALIZED_CLASS_IS_READ)) {
                    return deserialize(bytes);
                }
                throw new UnreadableValueException("not UTF-8", null);
            }
            if (is(Fault.ANY_NAMED_CLASS_IS_LOADED) && text.startsWith("[\"")) {
                load(text.substring(2, text.indexOf('"', 2)));
            }
            if (text.isEmpty() && !is(Fault.TRUNCATION_IS_ANOTHER_EXCEPTION)) {
                throw new UnreadableValueException("no tag", null);
            }
            Object value = parse(text.charAt(0), text.substring(1));
            if (type instanceof Class<?> wanted && !is(Fault.TYPE_IS_IGNORED)) {
                boolean fits = wanted.isPrimitive()
                        ? value.getClass()
                                .getSimpleName()
                                .toLowerCase(Locale.ROOT)
                                .startsWith(wanted.getName())
                        : wanted.isInstance(value);
                if (!fits) {
                    throw new UnreadableValueException(
                            is(Fault.VALUE_IN_MESSAGE) ? text + " is no " + type : "a value of another type", null);
                }
            }
            return value;
        }

        private static Object parse(char tag, String text) {
            try {
                return switch (tag) {
                    case 's' -> text;
                    case 'S' -> {
                        if (is(Fault.OLD_ENCODINGS_ARE_FORGOTTEN)) {
                            throw new UnreadableValueException("an unknown tag", null);
                        }
                        yield text;
                    }
                    case 'i' -> Integer.valueOf(text);
                    case 'l' -> {
                        long number = Long.parseLong(text);
                        if (is(Fault.LONG_COMES_BACK_AS_INTEGER) && number == (int) number) {
                            yield (int) number;
                        }
                        yield number;
                    }
                    case 'd' -> Double.valueOf(text);
                    case 'b' -> Boolean.valueOf(text);
                    default ->
                        throw is(Fault.DAMAGE_IS_ANOTHER_EXCEPTION)
                                ? new IllegalArgumentException("tag")
                                : new UnreadableValueException(
                                        "an unknown tag",
                                        is(Fault.VALUE_IN_CAUSE) ? new IllegalArgumentException(text) : null);
                };
            } catch (NumberFormatException e) {
                throw new UnreadableValueException("not a number", null);
            }
        }

        private static int nest(byte[] bytes, int at) {
            return at < bytes.length && bytes[at] == '[' ? 1 + nest(bytes, at + 1) : 0;
        }

        private static void load(String name) {
            try {
                Class.forName(name);
            } catch (ReflectiveOperationException | LinkageError e) {
                throw new UnreadableValueException("no such class", null);
            }
        }

        private static Object deserialize(byte[] bytes) {
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
                return in.readObject();
            } catch (IOException | ClassNotFoundException | RuntimeException e) {
                throw new UnreadableValueException("not serialized", null);
            }
        }
    }
}
