// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.io.IOContext;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.github.dynamosession.codec.json.internal.ValueEngine;
import java.io.OutputStream;

/** Makes {@link MessagePackGenerator}s and {@link MessagePackParser}s; of byte arrays only. */
final class MessagePackFactory extends JsonFactory {
    private static final long serialVersionUID = 1L;

    MessagePackFactory() {
        super(new JsonFactoryBuilder()
                .streamReadConstraints(ValueEngine.READ_CONSTRAINTS)
                .streamWriteConstraints(ValueEngine.WRITE_CONSTRAINTS)
                // Buffers in thread locals would outlive an application that is undeployed.
                .recyclerPool(JsonRecyclerPools.newConcurrentDequePool()));
    }

    @Override
    public String getFormatName() {
        return "MessagePack";
    }

    @Override
    public boolean canHandleBinaryNatively() {
        return true;
    }

    @Override
    protected JsonGenerator _createUTF8Generator(OutputStream out, IOContext context) {
        return new MessagePackGenerator(context, _generatorFeatures, _objectCodec, out);
    }

    @Override
    protected JsonParser _createParser(byte[] bytes, int offset, int length, IOContext context) {
        return new MessagePackParser(context, _parserFeatures, _objectCodec, bytes, offset, offset + length);
    }
}
