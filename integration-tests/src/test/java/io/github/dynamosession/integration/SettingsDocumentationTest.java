// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("docs/settings.md")
class SettingsDocumentationTest {
    private static final String BEGIN = "<!-- made from the table of settings: begin -->\n";
    private static final String END = "<!-- made from the table of settings: end -->\n";

    /** Written for whoever has changed a setting. */
    private static final Path FRESH = Path.of("target", "fresh", "settings.md");

    @Test
    @DisplayName("has the table that is made from the settings: if not, copy target/fresh/settings.md over it")
    void fresh() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "settings.md"));
        String fresh =
                page.substring(0, page.indexOf(BEGIN) + BEGIN.length()) + table() + page.substring(page.indexOf(END));
        Files.createDirectories(FRESH.getParent());
        Files.writeString(FRESH, fresh);

        assertThat(page).isEqualTo(fresh);
    }

    private static String table() {
        Map<String, String> rows = new LinkedHashMap<>();
        SessionSettings settings = SessionSettings.builder()
                .systemProperties(new Properties())
                .environment(Map.of())
                .build();
        for (Setting setting : settings.settings()) {
            boolean family = setting.key().startsWith("attribute-names.");
            String key = family ? "attribute-names.*" : setting.key();
            String byDefault = family ? "as there" : setting.byDefault().isEmpty() ? "none" : setting.byDefault();
            if (!setting.key().equals("rules-store")) {
                rows.put(key, "| `" + key + "` | " + byDefault + " | " + setting.description() + " |\n");
            }
        }
        return "| key, after `dynamosession.` | default | |\n|---|---|---|\n" + String.join("", rows.values());
    }
}
