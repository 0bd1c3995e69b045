// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.JavaCodec;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.codec.msgpack.MessagePackCodec;
import io.github.dynamosession.it.codec.HashOrders.Basket;
import io.github.dynamosession.it.codec.HashOrders.Line;
import io.github.dynamosession.spi.SessionCodec;

/** The codecs of the library. */
enum Subject {
    JSON(JsonCodec.builder().allow(Basket.class, Line.class).build()),
    MESSAGE_PACK(MessagePackCodec.builder().allow(Basket.class, Line.class).build()),
    JAVA(JavaCodec.builder().allow(Basket.class, Line.class).build());

    private final SessionCodec codec;

    Subject(SessionCodec codec) {
        this.codec = codec;
    }

    SessionCodec codec() {
        return codec;
    }

    void configure(SessionManager.Builder node) {
        node.codec(codec);
    }
}
