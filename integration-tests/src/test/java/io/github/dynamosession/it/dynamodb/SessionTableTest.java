// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static io.github.dynamosession.it.dynamodb.Stores.DIRECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.dynamodb.ItemAttribute;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.dynamodb.SessionTable;
import io.github.dynamosession.dynamodb.SessionTable.Difference;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

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
