// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.spi.SessionTooLargeException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class NamesTest {
    @Test
    @DisplayName("C6: any name comes back, no two names meet, and what is stored is neither empty nor ill-formed")
    void reversible() {
        char[] alphabet = {'a', '\\', 'e', 'u', 'D', '8', '0', '\ud800', '\udbff', '\udc00', '\udfff', '\u00e9', '.'};
        Random random = new Random(7);
        Map<String, String> names = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            StringBuilder name = new StringBuilder();
            for (int length = random.nextInt(8); length > 0; length--) {
                name.append(alphabet[random.nextInt(alphabet.length)]);
            }
            String stored = Names.escape(name.toString());
            assertThat(Names.unescape(stored)).isEqualTo(name.toString());
            assertThat(stored).isNotEmpty();
            assertThat(new String(stored.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                    .isEqualTo(stored);
            String other = names.put(stored, name.toString());
            assertThat(other).isIn(null, name.toString());
        }
    }

    @Test
    @DisplayName("a name that needs no escaping is stored as it is")
    void unchanged() {
        for (String name : new String[] {"cart", "a.b", "#x", ":y", "\u00e9", "\ud83d\ude00", " "}) {
            assertThat(Names.escape(name)).isSameAs(name);
        }
    }

    @Test
    @DisplayName("a name of 65,535 bytes is the longest")
    void longest() {
        assertThat(Names.escape("n".repeat(65_535))).hasSize(65_535);
        assertThatThrownBy(() -> Names.escape("n".repeat(65_536))).isInstanceOf(SessionTooLargeException.class);
        assertThat(Names.escape("\u00e9".repeat(32_767))).hasSize(32_767);
        assertThatThrownBy(() -> Names.escape("\u00e9".repeat(32_768))).isInstanceOf(SessionTooLargeException.class);
        assertThatThrownBy(() -> Names.escape("\\".repeat(32_768))).isInstanceOf(SessionTooLargeException.class);
    }

    @Test
    @DisplayName("a stored name that this library cannot have written is read as it is")
    void foreign() {
        for (String stored : new String[] {"\\", "\\q", "a\\e", "\\u0041", "\\uD8", "\\uD8ff"}) {
            assertThat(Names.unescape(stored)).isEqualTo(stored);
        }
    }
}
