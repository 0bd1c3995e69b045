// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("docs/spring-boot.md shows")
class DocumentationTest {
    private static final Path PAGE = Path.of("../../docs/spring-boot.md");

    private static String block(String language) throws IOException {
        Matcher block =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE));
        assertThat(block.find()).isTrue();
        return block.group(1);
    }

    @Test
    @DisplayName("the bean that runs in these tests")
    void bean() throws IOException {
        Path source =
                Path.of("src/main/java", SessionConfiguration.class.getName().replace('.', '/') + ".java");
        assertThat(Files.readString(source)).contains(block("java"));
    }

    @Test
    @DisplayName("the settings that these tests run with")
    void settings() throws IOException {
        String running = Files.readString(Path.of("src/main/resources/dynamosession.properties"));
        assertThat(block("properties").replace("com.shop.Cart", Cart.class.getName()))
                .isEqualTo(running);
    }
}
