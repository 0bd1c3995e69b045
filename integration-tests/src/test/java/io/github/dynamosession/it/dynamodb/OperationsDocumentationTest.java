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

@DisplayName("docs/operations.md")
class OperationsDocumentationTest {
    private static final Pattern ACTION = Pattern.compile("\"dynamodb:(\\w+)\"");
    private final String page;

    OperationsDocumentationTest() throws IOException {
        page = Files.readString(Path.of("..", "docs", "operations.md"));
    }

    private String block(String language) {
        int start = page.indexOf("```" + language + "\n");
        assertThat(start).as("a block of %s", language).isPositive();
        return page.substring(start + language.length() + 4, page.indexOf("\n```", start));
    }

    @Test
    @DisplayName("has the AWS CLI's commands for the table that the code makes")
    void commands() {
        List<String> commands = Arrays.stream(
                        block("sh").replace(" \\\n   ", "").split("\n"))
                .map(line -> line.replaceAll(" +", " "))
                .toList();
        assertThat(commands)
                .isEqualTo(SessionTable.builder("sessions").onDemand().build().commands());
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
