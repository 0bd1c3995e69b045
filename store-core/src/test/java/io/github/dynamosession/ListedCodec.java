// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.ProviderContext;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionCodecProvider;
import io.github.dynamosession.spi.Setting;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;

/** Java serialization for tests; the one for applications is another module. Takes the classes on its list. */
final class ListedCodec extends SerializingCodec {
    private static final Setting SETTING =
            new Setting("listed.allowed-types", List.class, "", "classes that may be stored");

    private final List<String> allowed;

    ListedCodec(Class<?>... allowed) {
        this(Arrays.stream(allowed).map(Class::getName).toList());
    }

    private ListedCodec(List<String> allowed) {
        super(EncodedValue.JAVA);
        this.allowed = allowed;
    }

    @Override
    public byte[] encode(Object value) {
        try (ObjectOutputStream out = new ObjectOutputStream(OutputStream.nullOutputStream()) {
            @Override
            protected void annotateClass(Class<?> type) {
                if (!isAllowed(type)) {
                    throw new UnstorableValueException(refusal(type), null);
                }
            }
        }) {
            out.writeObject(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return super.encode(value);
    }

    @Override
    public Object decode(byte[] bytes, Type type) {
        Object value = super.decode(bytes, type);
        if (!isAllowed(value.getClass())) {
            throw new UnreadableValueException(
                    "the stored value of " + value.getClass().getName() + ": " + refusal(value.getClass()), null);
        }
        return value;
    }

    private boolean isAllowed(Class<?> type) {
        return type.getClassLoader() == null || allowed.contains(type.getName());
    }

    private static String refusal(Class<?> type) {
        return type.getName() + " is not allowed: name it in dynamosession." + SETTING.key() + "=" + type.getName();
    }

    /** Found by the service loader. */
    public static final class Provider implements SessionCodecProvider {
        @Override
        public String name() {
            return "listed";
        }

        @Override
        public boolean isChosenByDefault() {
            return false;
        }

        @Override
        public List<Setting> settings() {
            return List.of(SETTING);
        }

        @Override
        public SessionCodec create(ProviderContext context) {
            return new ListedCodec(context.list(SETTING));
        }
    }
}
