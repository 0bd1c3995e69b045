// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.ProviderContext;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.ContinuousBackupsUnavailableException;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.IndexStatus;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.PointInTimeRecoveryDescription;
import software.amazon.awssdk.services.dynamodb.model.PointInTimeRecoveryStatus;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughput;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughputDescription;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.SSEDescription;
import software.amazon.awssdk.services.dynamodb.model.SSEType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.Tag;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/**
 * The table that a {@link DynamoDbSessionStore} needs, as it should be: one HASH key of type String, TTL, the indexes of
 * custom attributes, and what is asked for beside that. {@link #create} makes it, {@link #verify} tells how one differs, {@link #delete} removes it.
 *
 * <p>For operators and development. Makes control-plane calls, which need permissions that an application should not
 * have; a store makes none. Each call may take 60 s, whatever the client says. What an endpoint for development does
 * not know (point-in-time recovery and tags in DynamoDB Local) counts as in order.
 *
 * <p>Immutable, and safe for any number of threads.
 */
public final class SessionTable {
    private static final long POLL_MILLIS = 500;
    private static final int MAX_POLLS = 600;

    private static final AwsRequestOverrideConfiguration PATIENCE = DynamoDbTables.PATIENCE;

    private final String name;
    private final ItemAttributes attributes;
    private final Map<String, IndexType> indexes;
    private final @Nullable BillingMode billing;
    private final long readUnits;
    private final long writeUnits;
    private final @Nullable String encryptionKey;
    private final @Nullable Boolean pointInTimeRecovery;
    private final @Nullable Boolean deletionProtection;
    private final Map<String, String> tags;

    private SessionTable(Builder builder) {
        this.name = builder.name;
        this.attributes = builder.attributes;
        this.indexes = new TreeMap<>(builder.indexes);
        this.billing = builder.billing;
        this.readUnits = builder.readUnits;
        this.writeUnits = builder.writeUnits;
        this.encryptionKey = builder.encryptionKey;
        this.pointInTimeRecovery = builder.pointInTimeRecovery;
        this.deletionProtection = builder.deletionProtection;
        this.tags = new TreeMap<>(builder.tags);
    }

    /**
     * How a table is not as it should be.
     *
     * @param problem one sentence
     * @param command what mends it: a command of the AWS CLI, or a setting of the application
     */
    public record Difference(String problem, String command) {}

    /**
     * A builder. What is not said is not asked for: {@link SessionTable#create} takes DynamoDB's default (but for the
     * capacity, which is on demand), {@link SessionTable#verify} does not compare it.
     *
     * @param name the table's name, or for everything but {@link SessionTable#create} its ARN
     * @return a builder
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * The table that an application's settings name: {@code table-name}, {@code attribute-names.*} and {@code indexes}.
     *
     * @param settings takes what is wrong with them, the table's name missing included: what is made of the builder
     *     then is of no use
     * @return a builder
     */
    public static Builder builder(ProviderContext settings) {
        Builder builder =
                builder(settings.text(DynamoDbSessionStoreProvider.TABLE_NAME).orElseGet(() -> {
                    settings.problem(
                            DynamoDbSessionStoreProvider.TABLE_NAME, "is required: the name of the DynamoDB table");
                    return "unknown";
                }));
        try {
            builder.itemAttributes(ItemAttributes.of(settings::text));
        } catch (IllegalArgumentException e) {
            settings.problem(ItemAttribute.ID.setting(), String.valueOf(e.getMessage()));
        }
        try {
            Map<String, IndexType> indexes = Indexes.parse(settings.list(DynamoDbSessionStoreProvider.INDEXES));
            Indexes.problems(indexes, builder.attributes)
                    .forEach(problem -> settings.problem(DynamoDbSessionStoreProvider.INDEXES, "is wrong: " + problem));
            indexes.forEach(builder::index);
        } catch (IllegalArgumentException e) {
            settings.problem(DynamoDbSessionStoreProvider.INDEXES, String.valueOf(e.getMessage()));
        }
        return builder;
    }

    /**
     * The table's name.
     *
     * @return as it was given
     */
    public String name() {
        return name;
    }

    /**
     * What the items' attributes are called.
     *
     * @return the names
     */
    public ItemAttributes itemAttributes() {
        return attributes;
    }

    /**
     * The custom attributes that the table has an index of.
     *
     * @return their types by name; unmodifiable
     */
    public Map<String, IndexType> indexes() {
        return Collections.unmodifiableMap(indexes);
    }

    /**
     * Creates the table if it does not exist and the indexes that it lacks, turns TTL on, and point-in-time recovery if
     * it is asked for, and waits until all can be used, at most five minutes. Does nothing where all that is so; changes
     * nothing else of a table that exists. Indexes of a table with provisioned capacity get as much as the table. A global
     * table with multi-Region strong consistency has no TTL, and none is asked for.
     *
     * @param client used once, not closed
     * @return what {@link #verify} then finds; empty for a table that this call created
     * @throws StoreMisconfiguredException if there is a table of that name with another key, or whose TTL looks at
     *     another attribute, or an index of that name with other keys, or if a permission is missing
     * @throws SessionStoreException if DynamoDB did not answer or refused
     */
    public List<Difference> create(DynamoDbClient client) {
        DynamoDbTables.create(
                new BlockingCalls(client, false, null),
                name,
                attributes,
                indexes,
                setting -> "dynamosession." + setting.key(),
                this::customize);
        if (Boolean.TRUE.equals(pointInTimeRecovery)) {
            call(
                    "change of the table's backups",
                    () -> supported(() -> {
                        for (int polls = 0; ; polls++) {
                            try {
                                return client.updateContinuousBackups(request -> request.tableName(name)
                                        .overrideConfiguration(PATIENCE)
                                        .pointInTimeRecoverySpecification(
                                                spec -> spec.pointInTimeRecoveryEnabled(true)));
                            } catch (ContinuousBackupsUnavailableException e) {
                                // Of a table that is a few seconds old.
                                pause(polls, e);
                            }
                        }
                    }));
        }
        return verify(client);
    }

    private void customize(CreateTableRequest.Builder request) {
        if (billing == BillingMode.PROVISIONED) {
            ProvisionedThroughput capacity = ProvisionedThroughput.builder()
                    .readCapacityUnits(readUnits)
                    .writeCapacityUnits(writeUnits)
                    .build();
            request.billingMode(BillingMode.PROVISIONED).provisionedThroughput(capacity);
            if (!indexes.isEmpty()) {
                request.globalSecondaryIndexes(request.build().globalSecondaryIndexes().stream()
                        .map(index -> index.toBuilder()
                                .provisionedThroughput(capacity)
                                .build())
                        .toList());
            }
        }
        if (encryptionKey != null) {
            request.sseSpecification(
                    spec -> spec.enabled(true).sseType(SSEType.KMS).kmsMasterKeyId(encryptionKey));
        }
        if (deletionProtection != null) {
            request.deletionProtectionEnabled(deletionProtection);
        }
        if (!tags.isEmpty()) {
            request.tags(tags.entrySet().stream()
                    .map(tag -> Tag.builder()
                            .key(tag.getKey())
                            .value(tag.getValue())
                            .build())
                    .toList());
        }
    }

    /**
     * Deletes the table with all sessions, and waits until it is gone, at most five minutes.
     *
     * @param client used once, not closed
     * @return false if there was none
     * @throws StoreMisconfiguredException if it is protected against deletion, or a permission is missing
     * @throws SessionStoreException if DynamoDB did not answer or refused
     */
    public boolean delete(DynamoDbClient client) {
        return call("deletion of the table", () -> {
            boolean was = false;
            for (int polls = 0; ; polls++) {
                try {
                    if (!was) {
                        client.deleteTable(request -> request.tableName(name).overrideConfiguration(PATIENCE));
                        was = true;
                    }
                    client.describeTable(request -> request.tableName(name).overrideConfiguration(PATIENCE));
                    pause(polls, null);
                } catch (ResourceNotFoundException e) {
                    return was;
                } catch (ResourceInUseException e) {
                    // It is being made, changed or deleted just now.
                    pause(polls, e);
                }
            }
        });
    }

    /**
     * Compares the table with what it should be. Only reads.
     *
     * @param client used once, not closed
     * @return every difference; empty: none
     * @throws StoreMisconfiguredException if a permission is missing
     * @throws SessionStoreException if DynamoDB did not answer or refused
     */
    public List<Difference> verify(DynamoDbClient client) {
        return call("verification of the table", () -> differences(client));
    }

    private List<Difference> differences(DynamoDbClient client) {
        List<Difference> found = new ArrayList<>();
        TableDescription table;
        try {
            table = client.describeTable(request -> request.tableName(name).overrideConfiguration(PATIENCE))
                    .table();
        } catch (ResourceNotFoundException e) {
            found.add(new Difference("the table " + name + " does not exist", String.join(" && ", commands())));
            return found;
        }
        compareKey(table, found);
        if (DynamoDbTables.hasTimeToLive(table)) {
            compareTimeToLive(client, found);
        }
        compareIndexes(table, found);
        compareBilling(table, found);
        compareEncryption(table, found);
        if (deletionProtection != null
                && deletionProtection != Boolean.TRUE.equals(table.deletionProtectionEnabled())) {
            found.add(new Difference(
                    "deletion protection is " + (deletionProtection ? "off" : "on"),
                    update(deletionProtection ? "--deletion-protection-enabled" : "--no-deletion-protection-enabled")));
        }
        compareBackups(client, found);
        compareTags(client, table, found);
        return found;
    }

    private void compareKey(TableDescription table, List<Difference> found) {
        String id = attributes.name(ItemAttribute.ID);
        List<KeySchemaElement> keys = table.keySchema();
        if (keys.size() > 1) {
            found.add(new Difference(
                    "the table has a RANGE key; it must have the HASH key " + id + " alone", ANOTHER_TABLE));
            return;
        }
        String key = keys.get(0).attributeName();
        if (!key.equals(id)) {
            found.add(new Difference("the key is named " + key + ", not " + id, setting(ItemAttribute.ID) + "=" + key));
        }
        for (AttributeDefinition definition : table.attributeDefinitions()) {
            if (definition.attributeName().equals(key) && definition.attributeType() != ScalarAttributeType.S) {
                found.add(new Difference(
                        "the key has the type " + definition.attributeTypeAsString() + "; it must be S (String)",
                        ANOTHER_TABLE));
            }
        }
    }

    private static final String ANOTHER_TABLE =
            "a key cannot be changed: make another table, and name it in dynamosession.table-name";

    private static String setting(ItemAttribute attribute) {
        return "dynamosession." + attribute.setting().key();
    }

    private void compareTimeToLive(DynamoDbClient client, List<Difference> found) {
        TimeToLiveDescription description = supported(() -> client.describeTimeToLive(
                                request -> request.tableName(name).overrideConfiguration(PATIENCE))
                        .timeToLiveDescription())
                .orElse(null);
        if (description == null) {
            return;
        }
        String ttl = attributes.name(ItemAttribute.TTL);
        boolean on = description.timeToLiveStatus() == TimeToLiveStatus.ENABLED
                || description.timeToLiveStatus() == TimeToLiveStatus.ENABLING;
        if (!on) {
            found.add(new Difference("TTL is off: expired sessions are never removed", timeToLiveCommand()));
        } else if (!ttl.equals(description.attributeName())) {
            found.add(new Difference(
                    "TTL looks at the attribute " + description.attributeName() + ", not at " + ttl,
                    setting(ItemAttribute.TTL) + "=" + description.attributeName()));
        }
    }

    private void compareIndexes(TableDescription table, List<Difference> found) {
        boolean provisioned = DynamoDbTables.isProvisioned(table);
        ProvisionedThroughputDescription units = table.provisionedThroughput();
        String capacity = provisioned ? capacity(units.readCapacityUnits(), units.writeCapacityUnits()) : "";
        indexes.forEach((attribute, type) -> {
            String index = Indexes.nameOf(attribute);
            String create = createIndex(attribute, type, capacity);
            String again = update("--global-secondary-index-updates '[{\"Delete\":{\"IndexName\":\"" + index + "\"}}]'")
                    + " && " + waitCommand() + " && " + create;
            GlobalSecondaryIndexDescription present = DynamoDbTables.find(table, attribute);
            if (present == null) {
                found.add(new Difference("the index " + index + " does not exist", create));
            } else if (!present.keySchema().equals(DynamoDbTables.keys(attributes, attribute))
                    || !table.attributeDefinitions().contains(DynamoDbTables.definition(attribute, type))) {
                found.add(new Difference(
                        "the index " + index + " has other keys than the HASH key " + attribute + " of type "
                                + DynamoDbTables.definition(attribute, type).attributeTypeAsString()
                                + " and the RANGE key " + attributes.name(ItemAttribute.CREATED_AT),
                        again));
            } else if (present.projection().projectionType() != ProjectionType.KEYS_ONLY) {
                found.add(new Difference(
                        "the index " + index + " has more than keys: each save, and each touch, is written to it, too",
                        again));
            } else if (present.indexStatus() == IndexStatus.CREATING || present.indexStatus() == IndexStatus.DELETING) {
                found.add(new Difference(
                        "the index " + index + " is "
                                + (present.indexStatus() == IndexStatus.CREATING ? "not filled yet" : "being deleted"),
                        waitCommand()));
            }
        });
    }

    private void compareBilling(TableDescription table, List<Difference> found) {
        if (billing == null) {
            return;
        }
        BillingMode is = DynamoDbTables.isProvisioned(table) ? BillingMode.PROVISIONED : BillingMode.PAY_PER_REQUEST;
        ProvisionedThroughputDescription units = table.provisionedThroughput();
        if (is != billing) {
            found.add(new Difference(
                    "the capacity is " + words(is) + ", not " + words(billing),
                    update(billingOptions() + capacityOfIndexes(table))));
        } else if (is == BillingMode.PROVISIONED
                && (units.readCapacityUnits() != readUnits || units.writeCapacityUnits() != writeUnits)) {
            found.add(new Difference(
                    "the capacity is " + units.readCapacityUnits() + " read and " + units.writeCapacityUnits()
                            + " write units, not " + readUnits + " and " + writeUnits,
                    update(billingOptions())));
        }
    }

    /** Who gives a table provisioned capacity has to give its indexes some in the same call. */
    private String capacityOfIndexes(TableDescription table) {
        if (billing != BillingMode.PROVISIONED || table.globalSecondaryIndexes().isEmpty()) {
            return "";
        }
        return table.globalSecondaryIndexes().stream()
                .map(index -> "{\"Update\":{\"IndexName\":\"" + index.indexName() + "\""
                        + capacity(readUnits, writeUnits) + "}}")
                .collect(Collectors.joining(",", " --global-secondary-index-updates '[", "]'"));
    }

    private static String words(BillingMode mode) {
        return mode == BillingMode.PROVISIONED ? "provisioned" : "on demand";
    }

    private void compareEncryption(TableDescription table, List<Difference> found) {
        if (encryptionKey == null) {
            return;
        }
        SSEDescription encryption = table.sseDescription();
        String key = encryption == null ? null : encryption.kmsMasterKeyArn();
        // The description has the ARN; an alias cannot be compared with it.
        boolean differs = key == null
                || (encryptionKey.startsWith("arn:")
                        && !encryptionKey.contains(":alias/")
                        && !encryptionKey.equals(key));
        if (differs) {
            found.add(new Difference(
                    key == null
                            ? "the table is encrypted with a key of DynamoDB's own, not with " + encryptionKey
                            : "the table is encrypted with " + key + ", not with " + encryptionKey,
                    update(encryptionOptions(encryptionKey))));
        }
    }

    private void compareBackups(DynamoDbClient client, List<Difference> found) {
        if (pointInTimeRecovery == null) {
            return;
        }
        supported(() -> client.describeContinuousBackups(
                                request -> request.tableName(name).overrideConfiguration(PATIENCE))
                        .continuousBackupsDescription())
                .ifPresent(backups -> {
                    PointInTimeRecoveryDescription recovery = backups.pointInTimeRecoveryDescription();
                    boolean on = recovery != null
                            && recovery.pointInTimeRecoveryStatus() == PointInTimeRecoveryStatus.ENABLED;
                    if (on != pointInTimeRecovery) {
                        found.add(new Difference(
                                "point-in-time recovery is " + (on ? "on" : "off"),
                                backupsCommand(pointInTimeRecovery)));
                    }
                });
    }

    private void compareTags(DynamoDbClient client, TableDescription table, List<Difference> found) {
        if (tags.isEmpty()) {
            return;
        }
        supported(() -> client.listTagsOfResource(
                                request -> request.resourceArn(table.tableArn()).overrideConfiguration(PATIENCE))
                        .tags())
                .ifPresent(there -> {
                    Map<String, String> is = there.stream().collect(Collectors.toMap(Tag::key, Tag::value));
                    tags.forEach((key, value) -> {
                        if (!value.equals(is.get(key))) {
                            found.add(new Difference(
                                    "the tag " + key + " is "
                                            + (is.containsKey(key) ? "another than " + value : "missing"),
                                    "aws dynamodb tag-resource --resource-arn " + table.tableArn() + " --tags Key="
                                            + quoted(key) + ",Value=" + quoted(value)));
                        }
                    });
                });
    }

    /**
     * The commands of the AWS CLI that make this table.
     *
     * @return in their order, each on one line
     */
    public List<String> commands() {
        String id = attributes.name(ItemAttribute.ID);
        List<String> commands = new ArrayList<>();
        StringBuilder create = new StringBuilder("aws dynamodb create-table --table-name " + name + " ");
        create.append(billingOptions());
        create.append(" --attribute-definitions AttributeName=" + id + ",AttributeType=S");
        indexes.forEach((attribute, type) -> create.append(definition(DynamoDbTables.definition(attribute, type))));
        if (!indexes.isEmpty()) {
            create.append(definition(DynamoDbTables.created(attributes)));
        }
        create.append(" --key-schema AttributeName=" + id + ",KeyType=HASH");
        if (!indexes.isEmpty()) {
            String capacity = billing == BillingMode.PROVISIONED ? capacity(readUnits, writeUnits) : "";
            create.append(indexes.keySet().stream()
                    .map(attribute -> "{" + index(attribute) + capacity + "}")
                    .collect(Collectors.joining(",", " --global-secondary-indexes '[", "]'")));
        }
        if (encryptionKey != null) {
            create.append(" " + encryptionOptions(encryptionKey));
        }
        if (Boolean.TRUE.equals(deletionProtection)) {
            create.append(" --deletion-protection-enabled");
        }
        if (!tags.isEmpty()) {
            create.append(" --tags");
            tags.forEach((key, value) -> create.append(" Key=" + quoted(key) + ",Value=" + quoted(value)));
        }
        commands.add(create.toString());
        commands.add(waitCommand());
        commands.add(timeToLiveCommand());
        if (Boolean.TRUE.equals(pointInTimeRecovery)) {
            commands.add(backupsCommand(true));
        }
        return commands;
    }

    private String waitCommand() {
        return "aws dynamodb wait table-exists --table-name " + name;
    }

    private String createIndex(String attribute, IndexType type, String capacity) {
        return update("--attribute-definitions"
                + definition(DynamoDbTables.definition(attribute, type))
                + definition(DynamoDbTables.created(attributes))
                + " --global-secondary-index-updates '[{\"Create\":{" + index(attribute) + capacity + "}}]'");
    }

    private static String definition(AttributeDefinition definition) {
        return " AttributeName=" + definition.attributeName() + ",AttributeType=" + definition.attributeTypeAsString();
    }

    /** The members of an index, as the AWS CLI takes them in JSON. */
    private String index(String attribute) {
        return "\"IndexName\":\"" + Indexes.nameOf(attribute) + "\",\"KeySchema\":["
                + DynamoDbTables.keys(attributes, attribute).stream()
                        .map(key -> "{\"AttributeName\":\"" + key.attributeName() + "\",\"KeyType\":\""
                                + key.keyTypeAsString() + "\"}")
                        .collect(Collectors.joining(","))
                + "],\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}";
    }

    private static String capacity(long read, long write) {
        return ",\"ProvisionedThroughput\":{\"ReadCapacityUnits\":" + read + ",\"WriteCapacityUnits\":" + write + "}";
    }

    private String update(String options) {
        return "aws dynamodb update-table --table-name " + name + " " + options;
    }

    private String billingOptions() {
        return billing == BillingMode.PROVISIONED
                ? "--billing-mode PROVISIONED --provisioned-throughput ReadCapacityUnits=" + readUnits
                        + ",WriteCapacityUnits=" + writeUnits
                : "--billing-mode PAY_PER_REQUEST";
    }

    private static String encryptionOptions(String key) {
        return "--sse-specification Enabled=true,SSEType=KMS,KMSMasterKeyId=" + key;
    }

    private String timeToLiveCommand() {
        return "aws dynamodb update-time-to-live --table-name " + name
                + " --time-to-live-specification Enabled=true,AttributeName=" + attributes.name(ItemAttribute.TTL);
    }

    private String backupsCommand(boolean on) {
        return "aws dynamodb update-continuous-backups --table-name " + name
                + " --point-in-time-recovery-specification PointInTimeRecoveryEnabled=" + on;
    }

    private static String quoted(String text) {
        return text.matches("[A-Za-z0-9._:/@+=-]*") ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    private static void pause(int polls, @Nullable Throwable cause) {
        if (polls >= MAX_POLLS) {
            throw new SessionStoreException("DynamoDB is not done after five minutes; try again later", cause, true);
        }
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SessionStoreException("interrupted while waiting for the table", e, true);
        }
    }

    private <T> T call(String operation, Supplier<T> calls) {
        try {
            return calls.get();
        } catch (SdkException e) {
            String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
            if (message.contains("deletion protection")) {
                throw new StoreMisconfiguredException(
                        "the table " + name + " is protected against deletion: "
                                + update("--no-deletion-protection-enabled"),
                        e);
            }
            throw new Errors(name, attributes, setting -> "dynamosession." + setting.key())
                    .translate(e, operation, true, false);
        }
    }

    /** Empty where the endpoint does not know the operation. */
    private static <T> Optional<T> supported(Supplier<T> call) {
        try {
            return Optional.ofNullable(call.get());
        } catch (AwsServiceException e) {
            if (DynamoDbTables.isUnsupported(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Says what a table should be like. Not for use by several threads. */
    public static final class Builder {
        private final String name;
        private ItemAttributes attributes = ItemAttributes.defaults();
        private final Map<String, IndexType> indexes = new TreeMap<>();
        private @Nullable BillingMode billing;
        private long readUnits;
        private long writeUnits;
        private @Nullable String encryptionKey;
        private @Nullable Boolean pointInTimeRecovery;
        private @Nullable Boolean deletionProtection;
        private final Map<String, String> tags = new TreeMap<>();

        private Builder(String name) {
            this.name = name;
        }

        /**
         * What the items' attributes are called.
         *
         * @param attributes {@link ItemAttributes#defaults()} unless set
         * @return this
         */
        public Builder itemAttributes(ItemAttributes attributes) {
            this.attributes = attributes;
            return this;
        }

        /**
         * Asks for the index of a custom attribute, as {@link DynamoDbSessionStore.Builder#index} does. Other indexes
         * may be there, too.
         *
         * @param attribute the attribute's name in the table, up to 249 letters, digits and the characters {@code _ . -}
         * @param type {@link IndexType#TEXT} or {@link IndexType#NUMBER}
         * @return this
         */
        public Builder index(String attribute, IndexType type) {
            indexes.put(attribute, type);
            return this;
        }

        /**
         * Asks for capacity on demand.
         *
         * @return this
         */
        public Builder onDemand() {
            this.billing = BillingMode.PAY_PER_REQUEST;
            return this;
        }

        /**
         * Asks for provisioned capacity.
         *
         * @param readUnits positive
         * @param writeUnits positive
         * @return this
         * @throws IllegalArgumentException if one is not positive
         */
        public Builder provisioned(long readUnits, long writeUnits) {
            if (readUnits < 1 || writeUnits < 1) {
                throw new IllegalArgumentException("provisioned capacity is at least one read and one write unit");
            }
            this.billing = BillingMode.PROVISIONED;
            this.readUnits = readUnits;
            this.writeUnits = writeUnits;
            return this;
        }

        /**
         * Asks for encryption at rest with a key of KMS, instead of DynamoDB's own.
         *
         * @param key its id, ARN or alias; {@code alias/aws/dynamodb} is the account's key for DynamoDB
         * @return this
         */
        public Builder encryptionKey(String key) {
            this.encryptionKey = key;
            return this;
        }

        /**
         * Asks for backups of each second of the last 35 days, or for none.
         *
         * @param on whether
         * @return this
         */
        public Builder pointInTimeRecovery(boolean on) {
            this.pointInTimeRecovery = on;
            return this;
        }

        /**
         * Asks for protection against deletion, or for none.
         *
         * @param on whether
         * @return this
         */
        public Builder deletionProtection(boolean on) {
            this.deletionProtection = on;
            return this;
        }

        /**
         * Asks for a tag; others may be there, too.
         *
         * @param key of the tag
         * @param value of the tag
         * @return this
         */
        public Builder tag(String key, String value) {
            tags.put(key, value);
            return this;
        }

        /**
         * Says what the table should be like.
         *
         * @return the table
         * @throws IllegalArgumentException if it has no name, or an index cannot be
         */
        public SessionTable build() {
            if (name.isBlank()) {
                throw new IllegalArgumentException("the table's name is missing");
            }
            List<String> problems = Indexes.problems(indexes, attributes);
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            return new SessionTable(this);
        }
    }
}
