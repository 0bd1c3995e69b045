// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.ListValue;
import com.google.protobuf.StringValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnstorableValueException;
import io.github.dynamosession.testkit.SessionCodecContract;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("Protocol Buffers behind the SPI, as the documentation shows it")
class ProtobufCodecTest extends SessionCodecContract {
    @Override
    protected SessionCodec createCodec() {
        return new ProtobufCodec(
                Struct.getDefaultInstance(), Timestamp.getDefaultInstance(), StringValue.getDefaultInstance());
    }

    @Override
    protected List<Object> keptValues() {
        Value number = Value.newBuilder().setNumberValue(1.5).build();
        Value text = Value.newBuilder().setStringValue("ä€\ud83d\ude00").build();
        Value list = Value.newBuilder()
                .setListValue(ListValue.newBuilder().addValues(number).addValues(text))
                .build();
        return List.of(
                Timestamp.newBuilder().setSeconds(1_700_000_000).setNanos(1).build(),
                Timestamp.getDefaultInstance(),
                StringValue.of("text"),
                Struct.newBuilder()
                        .putFields("b", list)
                        .putFields("a", number)
                        .putFields("", text)
                        .build());
    }

    @Test
    @DisplayName("K2: a message that is not allowed, or that does not come back, is refused")
    void refused() {
        assertThatThrownBy(() -> createCodec().encode(BytesValue.of(ByteString.EMPTY)))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("BytesValue");
        assertThatThrownBy(() -> createCodec().encode(StringValue.of("a\ud800")))
                .isInstanceOf(UnstorableValueException.class);
    }

    @Nested
    @DisplayName("a field that only the newer release knows")
    class Evolution {
        private final DynamicMessage oldCart = DynamicMessage.getDefaultInstance(cart("sku", "quantity"));
        private final DynamicMessage newCart = DynamicMessage.getDefaultInstance(cart("sku", "quantity", "coupon"));
        private final InMemorySessionStore store = new InMemorySessionStore();
        private final SessionManager oldNode = manager(oldCart);
        private final SessionManager newNode = manager(newCart);

        private SessionManager manager(DynamicMessage known) {
            return SessionManager.builder(store).codec(new ProtobufCodec(known)).build();
        }

        @Test
        @DisplayName("survives on a node of the older one, whether it only reads the message or changes it")
        void survives() {
            Session session = newNode.newSession();
            session.set("cart", with(with(with(newCart, "sku", "a"), "quantity", "1"), "coupon", "SPRING"));
            newNode.save(session);

            Session read = oldNode.open(session.cookieValue()).orElseThrow();
            DynamicMessage seen = (DynamicMessage) read.get("cart").orElseThrow();
            assertThat(seen.getDescriptorForType().findFieldByName("coupon")).isNull();
            assertThat(oldNode.save(read)).isEqualTo(SaveOutcome.UNCHANGED);

            Session changed = oldNode.open(session.cookieValue()).orElseThrow();
            changed.set("cart", with((DynamicMessage) changed.get("cart").orElseThrow(), "quantity", "2"));
            assertThat(oldNode.save(changed)).isEqualTo(SaveOutcome.SAVED);

            Session back = newNode.open(session.cookieValue()).orElseThrow();
            assertThat(back.get("cart"))
                    .contains(with(with(with(newCart, "sku", "a"), "quantity", "2"), "coupon", "SPRING"));
        }
    }

    private static DynamicMessage with(DynamicMessage message, String field, String value) {
        Descriptor type = message.getDescriptorForType();
        return message.toBuilder().setField(type.findFieldByName(field), value).build();
    }

    /** What protoc would make of {@code message Cart { string sku = 1; … }}. */
    private static Descriptor cart(String... fields) {
        DescriptorProto.Builder cart = DescriptorProto.newBuilder().setName("Cart");
        for (String field : fields) {
            cart.addField(FieldDescriptorProto.newBuilder()
                    .setName(field)
                    .setNumber(cart.getFieldCount() + 1)
                    .setType(FieldDescriptorProto.Type.TYPE_STRING)
                    .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL));
        }
        FileDescriptorProto file = FileDescriptorProto.newBuilder()
                .setName("cart.proto")
                .setSyntax("proto3")
                .setPackage("shop")
                .addMessageType(cart)
                .build();
        try {
            return FileDescriptor.buildFrom(file, new FileDescriptor[0]).findMessageTypeByName("Cart");
        } catch (DescriptorValidationException e) {
            throw new AssertionError(e);
        }
    }
}
