// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.spi.CustomValue;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Forms of an indexed value")
class IndexProtectionTest {
    private static final CustomValue ALICE = CustomValue.of("alice");

    private static EncryptionKey key(String id, int first) {
        byte[] secret = new byte[EncryptionKey.LENGTH];
        for (int i = 0; i < secret.length; i++) {
            secret[i] = (byte) (first + i);
        }
        return EncryptionKey.of(id, secret);
    }

    @Test
    @DisplayName("are as docs/storage-format.md says, for a text and for a number")
    void specified() {
        IndexProtection protection = new IndexProtection(KeyRing.of(key("2026-01", 0)), true);
        assertThat(protection.forms("user", ALICE))
                .containsExactly(CustomValue.of("IOFLD1fUMds35iAlciG3NGWiMMij70H7OqehYeGCIok"));
        assertThat(protection.forms("user", CustomValue.of(42.0)))
                .containsExactly(CustomValue.of("2y-go9jeSMiR77-gSciDNFV2wZi5rPNIUmWtVqBLubI"));
    }

    @Test
    @DisplayName("are all that some node may have written; this node's comes first")
    void all() {
        EncryptionKey one = key("one", 1);
        EncryptionKey two = key("two", 2);
        List<CustomValue> mixed = new IndexProtection(KeyRing.of(two, one), false).forms("user", ALICE);
        assertThat(mixed).hasSize(3).contains(ALICE).doesNotHaveDuplicates();
        assertThat(mixed.get(0))
                .isEqualTo(new IndexProtection(KeyRing.of(two), true)
                        .forms("user", ALICE)
                        .get(0));
        List<CustomValue> readOnly =
                new IndexProtection(KeyRing.readOnly(List.of(one, two)), false).forms("user", ALICE);
        assertThat(readOnly).hasSize(3).startsWith(ALICE);
        assertThat(new IndexProtection(null, false).forms("user", ALICE)).containsExactly(ALICE);
    }
}
