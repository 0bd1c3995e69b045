// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.codec.msgpack.MessagePackCodec;
import io.github.dynamosession.spi.SessionCodec;

/** The codecs that are compared. */
public enum Format {
    /** {@code codec-json}. */
    JSON {
        @Override
        SessionCodec codec() {
            return JsonCodec.builder().allow(Workload.TYPES).build();
        }
    },

    /** {@code codec-msgpack}. */
    MESSAGE_PACK {
        @Override
        SessionCodec codec() {
            return MessagePackCodec.builder().allow(Workload.TYPES).build();
        }
    },

    /** Java serialization, of {@code store-core}. */
    JAVA {
        @Override
        SessionCodec codec() {
            return JavaCodec.builder().allow(Workload.TYPES).build();
        }
    };

    abstract SessionCodec codec();
}
