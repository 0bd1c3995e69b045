// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A value that came as text")
class EncodedValueTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\"plain\"",
                "\"gr\u00fc\u00df\"",
                "\"\u20ac \u4e2d\"",
                "\"\ud83d\ude00\"",
                "\ud83d",
                "\ude00\ud83d",
                "\u07ff\u0800\uffff"
            })
    @DisplayName("is the same as one of its bytes, and as long")
    void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        EncodedValue expected = EncodedValue.of(EncodedValue.JSON, bytes);
        EncodedValue value = EncodedValue.ofJson(text);
        assertThat(value.length()).isEqualTo(bytes.length);
        assertThat(value)
                .isEqualTo(expected)
                .isEqualTo(EncodedValue.ofJson(text))
                .hasSameHashCodeAs(expected);
        assertThat(expected).isEqualTo(value);
        assertThat(value.bytes()).isEqualTo(bytes);
        assertThat(value.length()).isEqualTo(bytes.length);
        assertThat(value.toString()).isEqualTo(expected.toString()).doesNotContain("plain");
        assertThat(value)
                .isNotEqualTo(EncodedValue.ofJson(text + " "))
                .isNotEqualTo(EncodedValue.of(EncodedValue.MESSAGE_PACK, bytes));
    }
}
