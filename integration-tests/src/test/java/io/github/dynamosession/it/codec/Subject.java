// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.codec.msgpack.MessagePackCodec;
import io.github.dynamosession.it.codec.HashOrders.Basket;
import io.github.dynamosession.it.codec.HashOrders.Line;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnstorableValueException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The codecs of the library. */
enum Subject {
    JSON(json(), null),
    MESSAGE_PACK(MessagePackCodec.builder().allow(Basket.class, Line.class).build(), null),
    JAVA(java(), null),
    JSON_THEN_JAVA(JsonCodec.builder().build(), java());

    private final SessionCodec codec;
    private final @Nullable SessionCodec fallback;

    Subject(SessionCodec codec, @Nullable SessionCodec fallback) {
        this.codec = codec;
        this.fallback = fallback;
    }

    private static SessionCodec json() {
        return JsonCodec.builder().allow(Basket.class, Line.class).build();
    }

    private static SessionCodec java() {
        return JavaCodec.builder().allow(Basket.class, Line.class).build();
    }

    /** What a manager with these codecs writes, without what lies between them and the store. */
    EncodedValue encode(Object value) {
        try {
            return EncodedValue.of(codec.format(), codec.encode(value));
        } catch (UnstorableValueException refusal) {
            if (fallback == null) {
                throw refusal;
            }
            return EncodedValue.of(fallback.format(), fallback.encode(value));
        }
    }

    /** A node with these codecs, each replaced by another one of its format. */
    void configure(SessionManager.Builder node, UnaryOperator<SessionCodec> replacement) {
        node.codec(replacement.apply(codec));
        if (fallback != null) {
            node.fallbackCodec(replacement.apply(fallback));
        }
    }
}
