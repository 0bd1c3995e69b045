// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static io.github.dynamosession.it.dynamodb.Stores.DIRECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.dynamodb.ItemAttribute;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.dynamodb.SessionTable;
import io.github.dynamosession.dynamodb.SessionTable.Difference;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

@DisplayName("The table of sessions")
class SessionTableTest {
    private final String name = "session-table-" + UUID.randomUUID();

    private SessionTable.Builder table() {
        return SessionTable.builder(name);
    }

    @Test
    @DisplayName("is created once, verified, and deleted once")
    void life() {
        SessionTable table = table().build();
        assertThat(table.verify(DIRECT))
                .singleElement()
                .satisfies(missing -> assertThat(missing.problem()).contains("does not exist"))
                .satisfies(missing -> assertThat(missing.command())
                        .startsWith("aws dynamodb create-table --table-name " + name)
                        .contains(" && aws dynamodb update-time-to-live"));
        assertThat(table.create(DIRECT)).isEmpty();
        assertThat(table.create(DIRECT)).isEmpty();
        assertThat(table.verify(DIRECT)).isEmpty();
        assertThat(table.delete(DIRECT)).isTrue();
        assertThat(table.delete(DIRECT)).isFalse();
    }

    @Test
    @DisplayName("has the capacity that is asked for, and says how it differs and what mends it")
    void capacity() {
        assertThat(table().provisioned(5, 7).build().create(DIRECT)).isEmpty();
        assertThat(table().provisioned(5, 8).build().verify(DIRECT))
                .containsExactly(new Difference(
                        "the capacity is 5 read and 7 write units, not 5 and 8",
                        "aws dynamodb update-table --table-name " + name + " --billing-mode PROVISIONED"
                                + " --provisioned-throughput ReadCapacityUnits=5,WriteCapacityUnits=8"));
        assertThat(table().onDemand().build().create(DIRECT))
                .as("it is left as it is")
                .containsExactly(new Difference(
                        "the capacity is provisioned, not on demand",
                        "aws dynamodb update-table --table-name " + name + " --billing-mode PAY_PER_REQUEST"));
        assertThat(table().build().verify(DIRECT)).as("not asked for").isEmpty();
    }

    @Test
    @DisplayName("that is another's tells its key and its TTL")
    void others() {
        DIRECT.createTable(request -> request.tableName(name)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(AttributeDefinition.builder()
                        .attributeName("sid")
                        .attributeType(ScalarAttributeType.S)
                        .build())
                .keySchema(KeySchemaElement.builder()
                        .attributeName("sid")
                        .keyType(KeyType.HASH)
                        .build()));
        assertThat(table().build().verify(DIRECT))
                .containsExactly(
                        new Difference("the key is named sid, not id", "dynamosession.attribute-names.id=sid"),
                        new Difference(
                                "TTL is off: expired sessions are never removed",
                                "aws dynamodb update-time-to-live --table-name " + name
                                        + " --time-to-live-specification Enabled=true,AttributeName=ttl"));
        assertThatThrownBy(() -> table().build().create(DIRECT))
                .isInstanceOf(StoreMisconfiguredException.class)
                .hasMessageContaining("attribute-names.id=sid");
        ItemAttributes names = ItemAttributes.builder()
                .name(ItemAttribute.ID, "sid")
                .name(ItemAttribute.TTL, "expires")
                .build();
        assertThat(table().itemAttributes(names).build().create(DIRECT)).isEmpty();
        assertThat(table().itemAttributes(ItemAttributes.builder()
                                .name(ItemAttribute.ID, "sid")
                                .build())
                        .build()
                        .verify(DIRECT))
                .containsExactly(new Difference(
                        "TTL looks at the attribute expires, not at ttl", "dynamosession.attribute-names.ttl=expires"));
    }

    @Test
    @DisplayName("has the indexes of the settings, as its commands make them, too")
    void indexes() throws Exception {
        List<String> problems = new ArrayList<>();
        SessionSettings settings = SessionSettings.builder()
                .set("table-name", name)
                .set("indexes", "principal, customer:number")
                .set("attribute-names.created-at", "made")
                .build();
        SessionTable table = SessionTable.builder(settings.reader(problems))
                .provisioned(3, 4)
                .build();
        assertThat(problems).isEmpty();
        assertThat(table.indexes()).isEqualTo(Map.of("principal", IndexType.TEXT, "customer", IndexType.NUMBER));
        assertThat(table.create(DIRECT)).isEmpty();
        TableDescription created =
                DIRECT.describeTable(request -> request.tableName(name)).table();
        assertThat(created.globalSecondaryIndexes())
                .hasSize(2)
                .allMatch(index -> index.projection().projectionType() == ProjectionType.KEYS_ONLY)
                .allMatch(index -> index.provisionedThroughput().writeCapacityUnits() == 4);
        table.delete(DIRECT);

        run(table.commands().get(0));
        TableDescription byCommand =
                DIRECT.describeTable(request -> request.tableName(name)).table();
        assertThat(byCommand.keySchema()).isEqualTo(created.keySchema());
        assertThat(byCommand.attributeDefinitions())
                .containsExactlyInAnyOrderElementsOf(created.attributeDefinitions());
        assertThat(table.verify(DIRECT))
                .extracting(Difference::problem)
                .containsExactly("TTL is off: expired sessions are never removed");
        assertThat(table().itemAttributes(table.itemAttributes())
                        .index("other", IndexType.TEXT)
                        .build()
                        .verify(DIRECT))
                .contains(new Difference(
                        "the index other-index does not exist",
                        "aws dynamodb update-table --table-name " + name
                                + " --attribute-definitions AttributeName=other,AttributeType=S"
                                + " AttributeName=made,AttributeType=N --global-secondary-index-updates"
                                + " '[{\"Create\":{\"IndexName\":\"other-index\",\"KeySchema\":["
                                + "{\"AttributeName\":\"other\",\"KeyType\":\"HASH\"},"
                                + "{\"AttributeName\":\"made\",\"KeyType\":\"RANGE\"}],"
                                + "\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"},"
                                + "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":3,\"WriteCapacityUnits\":4}}}]'"));
    }

    @Test
    @DisplayName("says of an index with other keys, or with more than keys, what mends it")
    void wrongIndexes() throws Exception {
        String create = table().index("user", IndexType.TEXT).build().commands().get(0);
        run(create.replace("KEYS_ONLY", "ALL"));
        SessionTable texts = table().index("user", IndexType.TEXT).build();
        assertThat(texts.create(DIRECT)).singleElement().satisfies(more -> {
            assertThat(more.problem()).contains("user-index has more than keys");
            assertThat(more.command())
                    .contains("'[{\"Delete\":{\"IndexName\":\"user-index\"}}]' && aws dynamodb wait table-exists")
                    .contains("'[{\"Create\":{\"IndexName\":\"user-index\"");
        });
        SessionTable numbers = table().index("user", IndexType.NUMBER).build();
        assertThat(numbers.verify(DIRECT))
                .singleElement()
                .satisfies(other -> assertThat(other.problem())
                        .contains("user-index has other keys than the HASH key user of type N"));
        assertThatThrownBy(() -> numbers.create(DIRECT))
                .isInstanceOf(StoreMisconfiguredException.class)
                .hasMessageContaining("user-index");
        assertThat(table().provisioned(1, 2).build().verify(DIRECT))
                .singleElement()
                .satisfies(billing -> assertThat(billing.command())
                        .endsWith("--global-secondary-index-updates '[{\"Update\":{\"IndexName\":\"user-index\","
                                + "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":1,\"WriteCapacityUnits\":2}}}]'"));
    }

    @Test
    @DisplayName("reports what is wrong with its settings")
    void badSettings() {
        List<String> problems = new ArrayList<>();
        SessionTable.builder(SessionSettings.builder()
                .set("indexes", "user:blob")
                .set("attribute-names.id", "ttl")
                .build()
                .reader(problems));
        assertThat(problems)
                .anyMatch(problem -> problem.startsWith("dynamosession.table-name is required"))
                .anyMatch(problem -> problem.startsWith("dynamosession.indexes has an index of another type"))
                .anyMatch(problem -> problem.contains("ID and TTL have the same name"));
        problems.clear();
        SessionTable.builder(SessionSettings.builder()
                .set("table-name", name)
                .set("indexes", "kind")
                .build()
                .reader(problems));
        assertThat(problems).singleElement().asString().contains("dynamosession.indexes", "store's own");
        assertThatThrownBy(() -> table().index("a", IndexType.ANY).build())
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Sends what a {@code create-table} command of the AWS CLI sends. */
    private void run(String command) throws Exception {
        StringBuilder body = new StringBuilder("{\"TableName\":\"" + name + "\"");
        for (String option : command.split(" --")) {
            int space = option.indexOf(' ');
            String value = option.substring(space + 1);
            switch (option.substring(0, Math.max(space, 0))) {
                case "billing-mode" -> body.append(",\"BillingMode\":\"" + value + "\"");
                case "attribute-definitions" -> body.append(",\"AttributeDefinitions\":[" + members(value) + "]");
                case "key-schema" -> body.append(",\"KeySchema\":[" + members(value) + "]");
                case "provisioned-throughput" ->
                    body.append(",\"ProvisionedThroughput\":" + members(value).replaceAll("\"(\\d+)\"", "$1"));
                case "global-secondary-indexes" ->
                    body.append(",\"GlobalSecondaryIndexes\":" + value.substring(1, value.length() - 1));
                default -> {
                    // The command itself, and the table's name.
                }
            }
        }
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(Stores.endpoint())
                                .header("Content-Type", "application/x-amz-json-1.0")
                                .header("X-Amz-Target", "DynamoDB_20120810.CreateTable")
                                .header(
                                        "Authorization",
                                        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request,"
                                                + " SignedHeaders=host, Signature=0")
                                .POST(HttpRequest.BodyPublishers.ofString(body + "}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        DIRECT.waiter().waitUntilTableExists(request -> request.tableName(name));
    }

    /** The AWS CLI's shorthand as JSON. */
    private static String members(String shorthand) {
        return Arrays.stream(shorthand.split(" "))
                .map(member -> "{" + member.replaceAll("(\\w+)=(\\w+)", "\"$1\":\"$2\"") + "}")
                .collect(Collectors.joining(","));
    }

    @Test
    @DisplayName("takes what an endpoint does not know for in order, and compares it where it does")
    void backupsAndTags() {
        SessionTable table =
                table().pointInTimeRecovery(true).tag("team", "it's ours").build();
        try (FaultyProxy proxy = new FaultyProxy(Stores.endpoint())) {
            String unknown = "{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"}";
            proxy.answer("UpdateContinuousBackups", 1, 400, unknown);
            proxy.answer("DescribeContinuousBackups", 1, 400, unknown);
            proxy.answer("ListTagsOfResource", 1, 400, unknown);
            assertThat(table.create(Stores.blocking(proxy.endpoint()))).isEmpty();
        }
        try (FaultyProxy proxy = new FaultyProxy(Stores.endpoint())) {
            proxy.answer(
                    "DescribeContinuousBackups",
                    1,
                    200,
                    "{\"ContinuousBackupsDescription\":{\"ContinuousBackupsStatus\":\"ENABLED\","
                            + "\"PointInTimeRecoveryDescription\":{\"PointInTimeRecoveryStatus\":\"DISABLED\"}}}");
            proxy.answer("ListTagsOfResource", 1, 200, "{\"Tags\":[]}");
            List<Difference> found = table.verify(Stores.blocking(proxy.endpoint()));
            assertThat(found)
                    .extracting(Difference::problem)
                    .containsExactly("point-in-time recovery is off", "the tag team is missing");
            assertThat(found.get(0).command()).contains("update-continuous-backups", "PointInTimeRecoveryEnabled=true");
            assertThat(found.get(1).command()).contains("tag-resource", "Key=team,Value='it'\\''s ours'");
        }
    }

    @Test
    @DisplayName("says its commands with all that is asked for")
    void commands() {
        assertThat(table().provisioned(1, 2)
                        .encryptionKey("alias/sessions")
                        .deletionProtection(true)
                        .pointInTimeRecovery(true)
                        .tag("team", "shop")
                        .build()
                        .commands())
                .containsExactly(
                        "aws dynamodb create-table --table-name " + name
                                + " --billing-mode PROVISIONED --provisioned-throughput"
                                + " ReadCapacityUnits=1,WriteCapacityUnits=2 --attribute-definitions"
                                + " AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH"
                                + " --sse-specification Enabled=true,SSEType=KMS,KMSMasterKeyId=alias/sessions"
                                + " --deletion-protection-enabled --tags Key=team,Value=shop",
                        "aws dynamodb wait table-exists --table-name " + name,
                        "aws dynamodb update-time-to-live --table-name " + name
                                + " --time-to-live-specification Enabled=true,AttributeName=ttl",
                        "aws dynamodb update-continuous-backups --table-name " + name
                                + " --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true");
        assertThatThrownBy(() -> table().provisioned(0, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
