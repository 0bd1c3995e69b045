// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JacksonAnnotation;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.annotation.JacksonStdImpl;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.codec.msgpack.Annotated.Case;
import io.github.dynamosession.codec.msgpack.Annotated.Verdict;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.File;
import java.net.URL;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A class with annotations of Jackson comes back equal or is refused (K1, K2)")
class AnnotationsTest {
    private static final String PACKAGE = Annotated.class.getPackageName();

    private static final List<SessionCodec> CODECS = List.of(
            JsonCodec.builder()
                    .allowPackage(PACKAGE)
                    .allowPackage(LaterAnnotated.PACKAGE)
                    .classLoader(LaterAnnotated.LOADER)
                    .build(),
            MessagePackCodec.builder()
                    .allowPackage(PACKAGE)
                    .allowPackage(LaterAnnotated.PACKAGE)
                    .classLoader(LaterAnnotated.LOADER)
                    .build());

    /** On other annotations, and on Jackson's own classes. */
    private static final Set<String> NOT_FOR_APPLICATIONS =
            Set.of(JacksonAnnotation.class.getName(), JacksonStdImpl.class.getName());

    static Stream<Arguments> cases() {
        return CODECS.stream()
                .flatMap(codec -> Annotated.CASES.values().stream()
                        .flatMap(List::stream)
                        .map(each -> Arguments.of(codec.getClass().getSimpleName(), each.name(), codec, each)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("cases")
    @DisplayName("whatever the annotation says")
    void equalOrRefused(String codecName, String name, SessionCodec codec, Case each) {
        if (each.verdict() == Verdict.REFUSED) {
            assertThatThrownBy(() -> roundTrip(codec, each.value()))
                    .isInstanceOf(UnstorableValueException.class)
                    .hasMessageContaining(each.value().getClass().getName())
                    .hasNoCause();
        } else {
            assertThatCode(() -> assertSame(roundTrip(codec, each.value()), each.value()))
                    .doesNotThrowAnyException();
        }
    }

    private static Object roundTrip(SessionCodec codec, Object value) {
        byte[] bytes = codec.encode(value);
        Object copy = codec.decode(bytes, Object.class);
        assertSame(codec.decode(bytes, value.getClass()), copy);
        return copy;
    }

    /** By every field but those that are said to be no part of the value. */
    private static void assertSame(Object actual, Object expected) {
        assertThat(actual)
                .usingRecursiveComparison()
                .withStrictTypeChecking()
                .ignoringFieldsMatchingRegexes(".*\\bcache", ".*\\bignored")
                .isEqualTo(expected);
    }

    @Test
    @DisplayName("for every annotation that there is")
    void everyAnnotation() throws Exception {
        Set<String> annotations = new TreeSet<>();
        for (Class<?> one : List.of(JsonProperty.class, ObjectMapper.class)) {
            URL location = one.getProtectionDomain().getCodeSource().getLocation();
            try (JarFile jar = new JarFile(new File(location.toURI()))) {
                for (String entry : jar.stream().map(Object::toString).toList()) {
                    if (entry.matches("com/fasterxml/jackson/(databind/)?annotation/\\w+\\.class")) {
                        Class<?> type = Class.forName(entry.replace('/', '.').replaceFirst("\\.class$", ""));
                        if (type.isAnnotation()) {
                            annotations.add(type.getName());
                        }
                    }
                }
            }
        }
        assertThat(annotations).hasSizeGreaterThan(40).contains(JsonIgnore.class.getName());
        annotations.removeAll(NOT_FOR_APPLICATIONS);
        assertThat(Annotated.CASES.keySet().stream().map(Class::getName)).containsAll(annotations);
    }
}
