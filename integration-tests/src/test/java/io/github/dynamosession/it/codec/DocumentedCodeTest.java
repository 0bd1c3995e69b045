// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("docs/custom-codecs.md")
class DocumentedCodeTest {
    private static final Pattern CLASS = Pattern.compile("```java\n((?:final )?class (\\w+) .*?)```", Pattern.DOTALL);

    @Test
    @DisplayName("shows the code that these tests run")
    void sameCode() throws IOException {
        Path sources = Path.of("src/test/java", getClass().getPackageName().replace('.', '/'));
        Matcher shown = CLASS.matcher(Files.readString(Path.of("../docs/custom-codecs.md")));
        int classes = 0;
        while (shown.find()) {
            classes++;
            String source = Files.readString(sources.resolve(shown.group(2) + ".java"));
            assertThat(source).contains(shown.group(1).strip());
        }
        assertThat(classes).isGreaterThanOrEqualTo(3);
    }
}
