// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.integration;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.KeyRing;
import io.github.dynamosession.settings.SessionSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Where an adapter's settings have another prefix, as Micronaut's have, messages of a running application use it, too. */
class SettingNamesTest {
    private static final String PREFIX = "shop.sessions.";

    /** Serializable, and on no list. */
    private record Stranger(String name) implements java.io.Serializable {}

    private static SessionManager.Builder builder(Map<String, String> more) {
        SessionSettings.Builder settings =
                SessionSettings.builder().prefix(PREFIX).set("store", "memory").set("codec", "json");
        more.forEach(settings::set);
        return SessionManager.builder(settings.build());
    }

    @Test
    @DisplayName("a value that is too large, or that an event loop would have to fetch")
    void large() {
        try (SessionManager sessions = builder(Map.of("largest-value", "1000", "parts-above", "100"))
                .eventLoop(() -> true)
                .compressAbove(null)
                .build()) {
            Session session = sessions.newSession();
            session.set("a", "x".repeat(2000));
            assertThatThrownBy(() -> sessions.save(session))
                    .hasMessageContaining("and " + PREFIX + "largest-value allows");
            session.set("a", "x".repeat(500));
            sessions.save(session);
            Session opened = sessions.open(session.cookieValue()).orElseThrow();
            assertThatThrownBy(() -> opened.get("a")).hasMessageContaining("in " + PREFIX + "prefetch");
        }
    }

    @Test
    @DisplayName("a class that is not on the list, in each codec")
    void notAllowed() {
        for (String codec : List.of("json", "msgpack", "java")) {
            try (SessionManager sessions = builder(Map.of("codec", codec)).build()) {
                Session session = sessions.newSession();
                assertThatThrownBy(() -> {
                            session.set("a", new Stranger("x"));
                            sessions.save(session);
                        })
                        .hasMessageContaining("the setting " + PREFIX + (codec.equals("java") ? "java." : "")
                                + "allowed-types=" + Stranger.class.getName());
            }
        }
    }

    @Test
    @DisplayName("an index that is not there, and encryption that is required while there is no key")
    void others() {
        try (SessionManager sessions = builder(Map.of()).build()) {
            assertThatThrownBy(() -> sessions.findBy("nobody", "x")).hasMessageContaining(" " + PREFIX + "indexes");
        }
        assertThatThrownBy(() -> builder(Map.of("require-encryption", "true")).build())
                .hasMessageContaining(PREFIX + "require-encryption needs a key");
        try (SessionManager plain =
                        builder(Map.of("unreadable-attributes", "fail")).build();
                SessionManager strict = builder(Map.of("unreadable-attributes", "fail"))
                        .store(plain.store())
                        .encryption(KeyRing.of(List.of(EncryptionKey.of("k", new byte[32]))))
                        .requireEncryption(true)
                        .build()) {
            Session session = plain.newSession();
            session.set("a", "plain");
            plain.save(session);
            Session opened = strict.open(session.cookieValue()).orElseThrow();
            assertThatThrownBy(() -> opened.get("a"))
                    .hasMessageContaining("is not encrypted, and " + PREFIX + "require-encryption is on");
        }
    }
}
