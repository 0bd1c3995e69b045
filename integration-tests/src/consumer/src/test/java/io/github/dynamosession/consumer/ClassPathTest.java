// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.testkit.EmbeddedDynamoDb;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@DisplayName("An application that imports the BOM of DynamoSession and no other")
@EmbeddedDynamoDb
class ClassPathTest {
    record Cart(List<String> lines) {}

    @Test
    @DisplayName("opens, with the store's own client, a session that it has saved in the test kit's DynamoDB")
    void opensSession(EmbeddedDynamoDbServer server) {
        System.setProperty("aws.accessKeyId", "local");
        System.setProperty("aws.secretAccessKey", "local");
        DynamoDbSessionStore store = DynamoDbSessionStore.builder()
                .tableName("own-client")
                .endpoint(server.endpoint())
                .region("us-east-1")
                .createTable(true)
                .build();

        assertOpensSession(store);
    }

    @Test
    @DisplayName("opens a session through the client that the test kit makes")
    void opensSession(DynamoDbClient client) {
        assertOpensSession(DynamoDbSessionStore.builder()
                .tableName("given-client")
                .client(client)
                .createTable(true)
                .build());
    }

    @Test
    @DisplayName("has each module of the AWS SDK once, and all of them in one version")
    void oneSdk() {
        TreeMap<String, TreeSet<String>> versions = versions("software.amazon.awssdk");

        assertTrue(versions.containsKey("dynamodb"), versions.toString());
        assertTrue(versions.containsKey("auth"), versions.toString());
        assertEquals(
                1,
                versions.values().stream()
                        .flatMap(TreeSet::stream)
                        .distinct()
                        .count(),
                versions.toString());
    }

    @Test
    @DisplayName("has each module of Jackson once, and those with code in one version")
    void oneJackson() {
        TreeMap<String, TreeSet<String>> versions = versions("com.fasterxml.jackson.core");

        assertTrue(versions.containsKey("jackson-databind"), versions.toString());
        versions.remove("jackson-annotations");
        assertEquals(1, versions.values().stream().distinct().count(), versions.toString());
    }

    private static void assertOpensSession(DynamoDbSessionStore store) {
        try (SessionManager sessions = SessionManager.builder(store)
                .codec(JsonCodec.builder().allow(Cart.class).build())
                .build()) {
            DynamoSessionFilter.builder(sessions).build();
            Session made = sessions.newSession();
            made.set("cart", new Cart(List.of("sku-1")));
            sessions.save(made);

            Session found = sessions.open(made.cookieValue()).orElseThrow();

            assertFalse(found.isNew());
            assertEquals(new Cart(List.of("sku-1")), found.get("cart", Cart.class).orElseThrow());
        }
    }

    /** From the class path, whose jars lie where Maven's repository has them: group/module/version/module-version.jar. */
    private static TreeMap<String, TreeSet<String>> versions(String group) {
        Path suffix = Path.of(group.replace('.', '/'));
        TreeMap<String, TreeSet<String>> versions = new TreeMap<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path version = Path.of(entry).toAbsolutePath().getParent();
            Path module = version.getParent();
            if (module.getParent() != null && module.getParent().endsWith(suffix)) {
                versions.computeIfAbsent(module.getFileName().toString(), name -> new TreeSet<>())
                        .add(version.getFileName().toString());
            }
        }
        return versions;
    }
}
