// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Parses stored bytes as text: UTF-8 and nothing else. Without a table of names Jackson would decode bytes
 * itself, and let those pass that are not UTF-8.
 */
final class JsonText extends JsonFactory {
    private static final long serialVersionUID = 1L;

    /** Up to here Jackson parses a text in one piece, which is faster; longer ones are not to be in memory twice. */
    static final int LONGEST_PIECE = 0x8000;

    JsonText(JsonFactoryBuilder builder) {
        super(builder);
    }

    @Override
    public JsonParser createParser(byte[] bytes) throws IOException {
        if (bytes.length > LONGEST_PIECE) {
            return createParser(
                    new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8.newDecoder()));
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf('\ufffd') >= 0) {
            // Stands in the text, or stands for what is no text.
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        }
        return createParser(text);
    }
}
