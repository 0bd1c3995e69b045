// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.quarkus.builder.BuildChainBuilder;
import io.quarkus.deployment.builditem.GeneratedResourceBuildItem;
import io.quarkus.deployment.builditem.nativeimage.RuntimeInitializedClassBuildItem;
import io.quarkus.deployment.builditem.nativeimage.ServiceProviderBuildItem;
import io.quarkus.test.QuarkusUnitTest;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A native image is told")
class NativeImageTest {
    private static final String RECORDED = NativeImageTest.class.getName();

    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withEmptyApplication()
            .overrideConfigKey("dynamosession.store", "memory")
            .addBuildChainCustomizer(NativeImageTest::record);

    /** Test and build live in different class loaders; strings pass. */
    private static void record(BuildChainBuilder chain) {
        chain.addBuildStep(context -> {
                    List<String> recorded = new ArrayList<>();
                    context.consumeMulti(RuntimeInitializedClassBuildItem.class)
                            .forEach(item -> recorded.add(item.getClassName()));
                    context.consumeMulti(ServiceProviderBuildItem.class)
                            .forEach(item -> recorded.addAll(item.providers()));
                    System.setProperty(RECORDED, String.join(",", recorded));
                })
                .consumes(RuntimeInitializedClassBuildItem.class)
                .consumes(ServiceProviderBuildItem.class)
                .produces(GeneratedResourceBuildItem.class)
                .build();
    }

    private static List<String> recorded() {
        return List.of(System.getProperty(RECORDED).split(","));
    }

    @Test
    @DisplayName("which stores, codecs and HTTP clients there are")
    void services() {
        assertThat(recorded())
                .contains(
                        "io.github.dynamosession.dynamodb.DynamoDbSessionStoreProvider",
                        "io.github.dynamosession.memory.InMemorySessionStoreProvider",
                        "io.github.dynamosession.codec.json.JsonCodecProvider",
                        "software.amazon.awssdk.http.apache5.Apache5SdkHttpService");
    }

    @Test
    @DisplayName("to seed whatever is random in each process")
    void randomness() throws Exception {
        List<String> random = new ArrayList<>();
        for (String name : classesOfCore()) {
            Class<?> type = Class.forName(name, false, SessionManager.class.getClassLoader());
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) && Random.class.isAssignableFrom(field.getType())) {
                    random.add(name);
                }
            }
        }
        assertThat(random).isNotEmpty();
        assertThat(recorded()).containsAll(random);
    }

    private static List<String> classesOfCore() throws IOException {
        URI uri = URI.create(SessionManager.class
                .getResource("SessionManager.class")
                .toString()
                .replaceAll("/io/github/dynamosession/SessionManager.class$", ""));
        if (!uri.getScheme().equals("jar")) {
            return names(Path.of(uri));
        }
        try (FileSystem jar = FileSystems.newFileSystem(URI.create(uri + "/"), Map.of())) {
            return names(jar.getPath("/"));
        }
    }

    private static List<String> names(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> root.relativize(file).toString().replace('/', '.'))
                    .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                    .map(name -> name.substring(0, name.length() - ".class".length()))
                    .toList();
        }
    }
}
