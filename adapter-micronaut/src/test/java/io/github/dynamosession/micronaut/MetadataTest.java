// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.Setting;
import io.micronaut.context.ApplicationContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The metadata that IDEs complete settings from")
class MetadataTest {
    private static final String RESOURCE = "META-INF/spring-configuration-metadata.json";

    /** Written for whoever has changed a setting: it belongs into {@code src/main/resources}. */
    private static final Path FRESH = Path.of("target", "fresh", "spring-configuration-metadata.json");

    @Test
    @DisplayName("is what the table of settings says: if not, copy target/fresh over src/main/resources/META-INF")
    void fresh() throws IOException {
        String metadata = metadata();
        Files.createDirectories(FRESH.getParent());
        Files.writeString(FRESH, metadata);

        try (InputStream checkedIn = MicronautSessionBeans.class.getResourceAsStream("/" + RESOURCE)) {
            assertThat(checkedIn).isNotNull();
            assertThat(new String(checkedIn.readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo(metadata);
        }
    }

    private static String metadata() {
        try (ApplicationContext context = ApplicationContext.builder().build()) {
            SessionSettings settings = SettingsOfEnvironment.of(
                            context.getEnvironment(), MetadataTest.class.getClassLoader())
                    .build();
            return settings.settings().stream()
                    .filter(setting -> !SettingsOfEnvironment.OF_FRAMEWORK.containsKey(setting))
                    .map(MetadataTest::property)
                    .collect(Collectors.joining(",\n", "{\n  \"properties\": [\n", "\n  ]\n}\n"));
        }
    }

    private static String property(Setting setting) {
        return "    {\n      \"name\": " + json(SettingsOfEnvironment.PREFIX + setting.key())
                + ",\n      \"type\": " + json(setting.type().getName())
                + ",\n      \"description\": " + json(plain(description(setting)))
                + "\n    }";
    }

    private static String description(Setting setting) {
        String does = setting.description();
        String sentence = Character.toUpperCase(does.charAt(0)) + does.substring(1) + ".";
        return setting.byDefault().isEmpty() ? sentence : sentence + " Default: " + setting.byDefault() + ".";
    }

    /** Without Markdown: links become their text. */
    private static String plain(String markdown) {
        return markdown.replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1").replace("`", "");
    }

    private static String json(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
