// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static io.github.dynamosession.it.dynamodb.Stores.DIRECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.ItemAttribute;
import io.github.dynamosession.dynamodb.SessionTable;
import io.github.dynamosession.spi.IndexType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

@DisplayName("docs/operations.md")
class OperationsDocumentationTest {
    private static final Pattern ACTION = Pattern.compile("\"dynamodb:(\\w+)\"");
    private final String page;

    OperationsDocumentationTest() throws IOException {
        page = Files.readString(Path.of("..", "docs", "operations.md"));
    }

    private String block(String language) {
        return block(language, page);
    }

    private static String block(String language, String page) {
        int start = page.indexOf("```" + language + "\n");
        assertThat(start).as("a block of %s", language).isPositive();
        return page.substring(start + language.length() + 4, page.indexOf("\n```", start));
    }

    @Test
    @DisplayName("has the AWS CLI's commands for the table that the code makes")
    void commands() {
        assertThat(lines(block("sh")))
                .isEqualTo(SessionTable.builder("sessions").onDemand().build().commands());
        assertThat(lines(block("sh", withIndexes())))
                .isEqualTo(SessionTable.builder("sessions")
                        .onDemand()
                        .index(SessionManager.PRINCIPAL, IndexType.TEXT)
                        .build()
                        .commands());
    }

    private static List<String> lines(String commands) {
        return Arrays.stream(commands.replace(" \\\n   ", "").split("\n"))
                .map(line -> line.replaceAll(" +", " "))
                .toList();
    }

    private String withIndexes() {
        int start = page.indexOf("### With indexes");
        assertThat(start).isPositive();
        return page.substring(start);
    }

    @Test
    @DisplayName("has templates with the index that the code makes")
    void indexes() {
        String table = "index-" + UUID.randomUUID();
        SessionTable.builder(table)
                .index(SessionManager.PRINCIPAL, IndexType.TEXT)
                .build()
                .create(DIRECT);
        TableDescription made =
                DIRECT.describeTable(request -> request.tableName(table)).table();
        GlobalSecondaryIndexDescription index = made.globalSecondaryIndexes().get(0);
        String name = index.indexName();
        String hash = index.keySchema().get(0).attributeName();
        String range = index.keySchema().get(1).attributeName();
        String projection = index.projection().projectionTypeAsString();
        assertThat(made.attributeDefinitions()).hasSize(3).allSatisfy(attribute -> {
            assertThat(block("yaml", withIndexes()))
                    .contains("- { AttributeName: " + attribute.attributeName() + ", AttributeType: "
                            + attribute.attributeTypeAsString() + " }");
            assertThat(block("hcl") + block("hcl", withIndexes()))
                    .contains("name = \"" + attribute.attributeName() + "\"\n    type = \""
                            + attribute.attributeTypeAsString() + "\"");
        });
        assertThat(block("yaml", withIndexes()))
                .contains("- IndexName: " + name, "Projection: { ProjectionType: " + projection + " }")
                .contains("[{ AttributeName: " + hash + ", KeyType: HASH }, { AttributeName: " + range
                        + ", KeyType: RANGE }]");
        assertThat(block("hcl", withIndexes()))
                .contains("name            = \"" + name + "\"", "hash_key        = \"" + hash + "\"")
                .contains("range_key       = \"" + range + "\"", "projection_type = \"" + projection + "\"");
        assertThat(block("typescript", withIndexes()))
                .contains("indexName: \"" + name + "\"", "ProjectionType." + projection)
                .contains("partitionKey: { name: \"" + hash + "\", type: dynamodb.AttributeType.STRING }")
                .contains("sortKey: { name: \"" + range + "\", type: dynamodb.AttributeType.NUMBER }");
    }

    @Test
    @DisplayName("has templates with the same key and the same attribute for TTL")
    void templates() {
        String id = ItemAttribute.ID.defaultName();
        String ttl = ItemAttribute.TTL.defaultName();
        assertThat(block("yaml"))
                .contains(
                        "[{ AttributeName: " + id + ", AttributeType: S }]",
                        "[{ AttributeName: " + id + ", KeyType: HASH }]")
                .contains("{ AttributeName: " + ttl + ", Enabled: true }", "PAY_PER_REQUEST");
        assertThat(block("hcl"))
                .contains("hash_key     = \"" + id + "\"", "name = \"" + id + "\"", "type = \"S\"")
                .contains("attribute_name = \"" + ttl + "\"", "PAY_PER_REQUEST");
        assertThat(block("typescript"))
                .contains("{ name: \"" + id + "\", type: dynamodb.AttributeType.STRING }")
                .contains("timeToLiveAttribute: \"" + ttl + "\"");
    }

    @Test
    @DisplayName("has a policy with the operations that sessions use, and no other")
    void policy() {
        String table = "policy-" + UUID.randomUUID();
        SessionTable.builder(table).build().create(DIRECT);
        try (FaultyProxy proxy = new FaultyProxy(Stores.endpoint());
                DynamoDbSessionStore store = DynamoDbSessionStore.builder()
                        .client(Stores.blocking(proxy.endpoint()))
                        .tableName(table)
                        .build();
                SessionManager sessions = SessionManager.builder(store)
                        .codec(JsonCodec.builder().build())
                        .build()) {
            Session session = sessions.newSession();
            session.set("a", 1);
            sessions.save(session);
            Session again = sessions.open(session.cookieValue()).orElseThrow();
            again.set("b", 2);
            sessions.save(again);
            sessions.changeId(again);
            sessions.end(again);

            Set<String> allowed = new TreeSet<>();
            Matcher actions = ACTION.matcher(block("json"));
            while (actions.find()) {
                allowed.add(actions.group(1));
            }
            Set<String> used = new TreeSet<>(proxy.operations());
            // Only where two change an id at once.
            used.add("DeleteItem");
            assertThat(allowed).isEqualTo(used);
        }
    }
}
