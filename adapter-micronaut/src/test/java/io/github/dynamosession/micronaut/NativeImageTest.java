// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.spi.SessionCodecProvider;
import io.github.dynamosession.spi.SessionStoreProvider;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a native image is told")
class NativeImageTest {
    private static final String FOLDER =
            "/META-INF/native-image/io.github.dynamosession/dynamosession-adapter-micronaut/";

    @Test
    @DisplayName("names every store and codec that is found by its service file, and these files")
    void providers() throws IOException {
        String classes = read("reflect-config.json");
        String resources = read("resource-config.json");

        assertThat(Stream.concat(names(SessionStoreProvider.class), names(SessionCodecProvider.class)))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(classes).contains("\"" + name + "\""));
        assertThat(resources)
                .contains(SessionStoreProvider.class.getName())
                .contains(SessionCodecProvider.class.getName());
    }

    private static Stream<String> names(Class<?> service) {
        return ServiceLoader.load(service).stream()
                .map(provider -> provider.type().getName());
    }

    private static String read(String file) throws IOException {
        try (InputStream in = NativeImageTest.class.getResourceAsStream(FOLDER + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    @DisplayName("and an IDE: every setting, with its type and what it does")
    void ide() throws IOException {
        List<String> files = new ArrayList<>();
        for (URL url : Collections.list(
                NativeImageTest.class.getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream in = url.openStream()) {
                files.add(new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceAll("([:,])\\s+", "$1"));
            }
        }
        assertThat(files)
                .anySatisfy(file -> assertThat(file)
                        .contains("\"micronaut.session.http.dynamodb.touch-interval\",\"type\":\"java.time.Duration\"")
                        .contains("How often mere use is recorded"));
    }
}
