// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.security.core.SpringSecurityCoreVersion;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The promise of docs/spring.md for rolling upgrades: values that one minor version of Spring Security has stored are
 * read by its neighbours, to the same value. The stored ones are checked in; {@code .ci/spring-consumer} runs this
 * test on the former minor version, which so reads what this one stores.
 */
@DisplayName("Spring Security's objects, as the minor versions of a major one store them,")
class StoredSecurityTest {
    private static final String FOLDER = "/stored-security/";
    private static final List<String> VERSIONS = List.of("7.0", "7.1");

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final SpringCodec codec = SpringCodecTest.codec(SpringCodecTest.ShopUser.class.getName());

    /** What is in a session of Spring Security, by name, as this version stores it. */
    static Map<String, String> values() throws Exception {
        SpringCodec codec = SpringCodecTest.codec(SpringCodecTest.ShopUser.class.getName());
        Map<String, String> values = new TreeMap<>();
        for (Map.Entry<String, Object> entry : SpringCodecTest.corpus().entrySet()) {
            values.put(entry.getKey(), new String(codec.encode(entry.getValue()), StandardCharsets.UTF_8));
        }
        return values;
    }

    private static Map<String, String> stored(String version) {
        try (InputStream in = StoredSecurityTest.class.getResourceAsStream(FOLDER + version + ".json")) {
            Map<String, String> stored = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> entry : JSON.readTree(in).properties()) {
                stored.put(entry.getKey(), entry.getValue().toString());
            }
            return stored;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<List<String>> stored() {
        return VERSIONS.stream()
                .flatMap(version -> stored(version).entrySet().stream()
                        .map(entry -> List.of(version, entry.getKey(), entry.getValue())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("stored")
    @DisplayName("are read")
    void read(List<String> stored) throws Exception {
        Object read = codec.decode(stored.get(2).getBytes(StandardCharsets.UTF_8), Object.class);
        String expected = values().get(stored.get(1));
        assertThat(SameJson.of(codec.encode(read), expected.getBytes(StandardCharsets.UTF_8)))
                .as(
                        "%s is%n%s%nand not%n%s",
                        stored.get(1), new String(codec.encode(read), StandardCharsets.UTF_8), expected)
                .isTrue();
    }

    /** What a later version is to read; written to target, to be checked in for a new minor version. */
    @Test
    @DisplayName("are checked in, each of them, for this version")
    void checkedIn() throws Exception {
        String[] version =
                String.valueOf(SpringSecurityCoreVersion.getVersion()).split("\\.");
        String minor = version[0] + "." + version[1];
        ObjectNode all = JSON.createObjectNode();
        values().forEach((name, value) -> all.set(name, JSON.readTree(value)));
        Path written = Path.of("target", "stored-security", minor + ".json");
        Files.createDirectories(written.getParent());
        Files.writeString(written, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n");
        assertThat(VERSIONS).contains(minor);
        assertThat(stored(minor)).containsOnlyKeys(values().keySet());
    }
}
