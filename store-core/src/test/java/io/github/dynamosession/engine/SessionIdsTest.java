// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.crypto.SigningKeys;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Session ids")
class SessionIdsTest {
    private static final SigningKeys OLD = SigningKeys.of(List.of(key(1)));
    private static final SigningKeys ROTATED = SigningKeys.of(List.of(key(2), key(1)));
    private static final SigningKeys NEW = SigningKeys.of(List.of(key(2)));

    private static final String EXPECTED_KEY = "DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo";

    private final SessionIds plain = new SessionIds(null, "");

    private static byte[] key(int fill) {
        byte[] key = new byte[SigningKeys.SHORTEST_KEY];
        java.util.Arrays.fill(key, (byte) fill);
        return key;
    }

    @Test
    @DisplayName("have 43 characters of base64url, and no two are the same")
    void form() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            String id = plain.newId();
            assertThat(id).matches("[A-Za-z0-9_-]{43}");
            assertThat(plain.parse(plain.cookieValue(id))).contains(id);
            assertThat(seen.add(id)).isTrue();
        }
    }

    @Test
    @DisplayName("are stored as SHA-256, in base64url, behind the namespace")
    void key() {
        String id = "A".repeat(43);
        // printf 'A%.0s' {1..43} | openssl dgst -sha256 -binary | basenc --base64url
        assertThat(plain.key(id).value()).isEqualTo(EXPECTED_KEY);
        assertThat(new SessionIds(null, "shop").key(id).value()).isEqualTo("shop:" + EXPECTED_KEY);
        assertThat(plain.key(id).toString()).doesNotContain(EXPECTED_KEY);
    }

    @Test
    @DisplayName("when signed are accepted with any key of the ring, and signed with the first")
    void signatures() {
        SessionIds before = new SessionIds(OLD, "");
        SessionIds during = new SessionIds(ROTATED, "");
        SessionIds after = new SessionIds(NEW, "");
        String id = plain.newId();
        assertThat(during.parse(before.cookieValue(id))).contains(id);
        assertThat(after.parse(before.cookieValue(id))).isEmpty();
        assertThat(after.parse(during.cookieValue(id))).contains(id);
        assertThat(during.cookieValue(id)).isEqualTo(after.cookieValue(id));
    }

    @Test
    @DisplayName("with signing are refused if the signature is missing, cut, changed or another id's")
    void forgeries() {
        SessionIds signed = new SessionIds(OLD, "");
        String id = plain.newId();
        String cookie = signed.cookieValue(id);
        String other = signed.cookieValue(plain.newId());
        char first = cookie.charAt(44);
        assertThat(signed.parse(id)).isEmpty();
        assertThat(signed.parse(id + ".")).isEmpty();
        assertThat(signed.parse(cookie.substring(0, 86))).isEmpty();
        assertThat(signed.parse(cookie.substring(0, 44) + (first == 'A' ? 'B' : 'A') + cookie.substring(45)))
                .isEmpty();
        assertThat(signed.parse(id + other.substring(43))).isEmpty();
        assertThat(signed.parse(cookie.replace('.', '-'))).isEmpty();
        assertThat(plain.parse(cookie)).isEmpty();
    }

    @Test
    @DisplayName("are not signed with keys that are too short, or with none")
    void weakKeys() {
        assertThatThrownBy(() -> SigningKeys.of(List.of(new byte[31])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("31");
        assertThatThrownBy(() -> SigningKeys.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
