// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.Setting;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTimeToLiveRequest;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexUpdate;
import software.amazon.awssdk.services.dynamodb.model.IndexStatus;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.LimitExceededException;
import software.amazon.awssdk.services.dynamodb.model.MultiRegionConsistency;
import software.amazon.awssdk.services.dynamodb.model.Projection;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughput;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;
import software.amazon.awssdk.services.dynamodb.model.UpdateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateTimeToLiveRequest;

/**
 * Creates the table that a {@link DynamoDbSessionStore} needs: one HASH key of type String, on-demand
 * billing, TTL. For development; {@link SessionTable} is for operators. The store itself never calls the control plane.
 */
public final class DynamoDbTables {
    private static final Duration POLL = Duration.ofMillis(250);
    private static final int MAX_POLLS = 480;

    /** Making a table is no request of a user: DynamoDB may need seconds for what a session waits milliseconds for. */
    static final AwsRequestOverrideConfiguration PATIENCE = AwsRequestOverrideConfiguration.builder()
            .apiCallTimeout(Duration.ofSeconds(60))
            .apiCallAttemptTimeout(Duration.ofSeconds(20))
            .build();

    /** So that a touch never writes to an index. */
    private static final Projection KEYS_ONLY =
            Projection.builder().projectionType(ProjectionType.KEYS_ONLY).build();

    private static final String OPERATION = "creation of a table";

    private final DynamoCalls calls;
    private final String table;
    private final ItemAttributes attributes;
    private final Function<Setting, String> settings;
    private final Consumer<CreateTableRequest.Builder> more;
    private final String id;
    private final String ttl;
    private final Map<String, IndexType> indexes;

    private DynamoDbTables(
            DynamoCalls calls,
            String table,
            ItemAttributes attributes,
            Map<String, IndexType> indexes,
            Function<Setting, String> settings,
            Consumer<CreateTableRequest.Builder> more) {
        this.settings = settings;
        this.more = more;
        this.calls = calls;
        this.table = table;
        this.attributes = attributes;
        this.id = attributes.name(ItemAttribute.ID);
        this.ttl = attributes.name(ItemAttribute.TTL);
        this.indexes = indexes;
    }

    /**
     * Creates a table without indexes: see {@link #createTable(DynamoDbClient, String, ItemAttributes, Map)}.
     *
     * @param client used once, not closed
     * @param tableName the table's name
     * @param attributes what its attributes are called
     * @throws StoreMisconfiguredException if there is a table of that name with another key, or whose TTL
     *     looks at another attribute
     * @throws SessionStoreException if DynamoDB did not answer or refused
     */
    public static void createTable(DynamoDbClient client, String tableName, ItemAttributes attributes) {
        createTable(client, tableName, attributes, Map.of());
    }

    /**
     * Creates the table if it does not exist and the indexes that it lacks, turns TTL on, and waits until all can be
     * used; does nothing if all that is so. A global table with multi-Region strong consistency has no TTL, and is left
     * without. Each call to DynamoDB may take 60 s, whatever the client's own timeouts are.
     *
     * @param client used once, not closed
     * @param tableName the table's name
     * @param attributes what its attributes are called
     * @param indexes the types of indexed custom attributes by name, see {@link
     *     DynamoDbSessionStore.Builder#index}; other indexes of the table stay as they are
     * @throws StoreMisconfiguredException if there is a table of that name with another key, or whose TTL
     *     looks at another attribute, or an index of that name with other keys
     * @throws SessionStoreException if DynamoDB did not answer or refused
     */
    public static void createTable(
            DynamoDbClient client, String tableName, ItemAttributes attributes, Map<String, IndexType> indexes) {
        create(
                new BlockingCalls(client, false, null),
                tableName,
                attributes,
                indexes,
                setting -> "dynamosession." + setting.key());
    }

    /**
     * Does the same as {@link #createTable(DynamoDbClient, String, ItemAttributes)} without blocking.
     *
     * @param client used once, not closed
     * @param tableName the table's name
     * @param attributes what its attributes are called
     * @return a stage that ends when the table can be used, or with the exceptions of the other method
     */
    public static CompletionStage<Void> createTable(
            DynamoDbAsyncClient client, String tableName, ItemAttributes attributes) {
        return createTable(client, tableName, attributes, Map.of());
    }

    /**
     * Does the same as {@link #createTable(DynamoDbClient, String, ItemAttributes, Map)} without blocking.
     *
     * @param client used once, not closed
     * @param tableName the table's name
     * @param attributes what its attributes are called
     * @param indexes the types of indexed custom attributes by name
     * @return a stage that ends when the table can be used, or with the exceptions of the other method
     */
    public static CompletionStage<Void> createTable(
            DynamoDbAsyncClient client, String tableName, ItemAttributes attributes, Map<String, IndexType> indexes) {
        return new DynamoDbTables(
                        new AsyncCalls(client),
                        tableName,
                        attributes,
                        indexes,
                        setting -> "dynamosession." + setting.key(),
                        request -> {})
                .create();
    }

    /** Waits; for {@code build()}, which may. */
    static void create(
            DynamoCalls calls,
            String table,
            ItemAttributes attributes,
            Map<String, IndexType> indexes,
            Function<Setting, String> settings) {
        create(calls, table, attributes, indexes, settings, request -> {});
    }

    /** The same, with more to ask for when the table is made. */
    static void create(
            DynamoCalls calls,
            String table,
            ItemAttributes attributes,
            Map<String, IndexType> indexes,
            Function<Setting, String> settings,
            Consumer<CreateTableRequest.Builder> more) {
        try {
            new DynamoDbTables(calls, table, attributes, indexes, settings, more)
                    .create()
                    .toCompletableFuture()
                    .join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof SessionException known) {
                throw known;
            }
            throw e;
        }
    }

    private CompletionStage<Void> create() {
        CompletionStage<Boolean> stage = Requests.then(
                await(0), found -> hasTimeToLive(found) ? enableTimeToLive() : Requests.done(true), Requests::failed);
        CompletableFuture<Void> ended = new CompletableFuture<>();
        stage.whenComplete((done, failure) -> {
            if (failure == null) {
                ended.complete(null);
            } else {
                ended.completeExceptionally(
                        new Errors(table, attributes, settings).translate(failure, OPERATION, true, false));
            }
        });
        return ended;
    }

    /** Ends when the table is there and active; creates it on the way. */
    private CompletionStage<TableDescription> await(int polls) {
        if (polls > MAX_POLLS) {
            return Requests.failed(new SessionStoreException(
                    "the table " + table + " is still not active; try again later", null, false));
        }
        return Requests.then(
                calls.call(
                        DynamoOperation.DESCRIBE_TABLE,
                        DescribeTableRequest.builder()
                                .tableName(table)
                                .overrideConfiguration(PATIENCE)
                                .build()),
                response -> {
                    String problem = problem(response.table());
                    if (problem != null) {
                        return Requests.failed(new StoreMisconfiguredException(problem, null));
                    }
                    TableStatus status = response.table().tableStatus();
                    if (status != TableStatus.ACTIVE && status != TableStatus.UPDATING) {
                        return again(polls);
                    }
                    return awaitIndexes(response.table(), polls);
                },
                failure -> failure instanceof ResourceNotFoundException ? create(polls) : Requests.failed(failure));
    }

    /** DynamoDB makes one index at a time. */
    private CompletionStage<TableDescription> awaitIndexes(TableDescription description, int polls) {
        if (description.globalSecondaryIndexes().stream()
                .anyMatch(index -> index.indexStatus() != IndexStatus.ACTIVE)) {
            return again(polls);
        }
        for (Map.Entry<String, IndexType> index : indexes.entrySet()) {
            if (find(description, index.getKey()) == null) {
                return description.tableStatus() == TableStatus.ACTIVE
                        ? create(description, index.getKey(), index.getValue(), polls)
                        : again(polls);
            }
        }
        return Requests.done(description);
    }

    /** Global tables with multi-Region strong consistency have none, and refuse to be asked for it. */
    static boolean hasTimeToLive(TableDescription table) {
        return table.multiRegionConsistency() != MultiRegionConsistency.STRONG;
    }

    /** What an index of a table with provisioned capacity gets: as much as the table, which waits for it; null: on demand. */
    private static @Nullable ProvisionedThroughput capacity(TableDescription description) {
        return isProvisioned(description)
                ? ProvisionedThroughput.builder()
                        .readCapacityUnits(description.provisionedThroughput().readCapacityUnits())
                        .writeCapacityUnits(description.provisionedThroughput().writeCapacityUnits())
                        .build()
                : null;
    }

    static boolean isProvisioned(TableDescription description) {
        return description.billingModeSummary() == null
                || description.billingModeSummary().billingMode() != BillingMode.PAY_PER_REQUEST;
    }

    static @Nullable GlobalSecondaryIndexDescription find(TableDescription description, String attribute) {
        return description.globalSecondaryIndexes().stream()
                .filter(index -> index.indexName().equals(Indexes.nameOf(attribute)))
                .findFirst()
                .orElse(null);
    }

    private CompletionStage<TableDescription> create(
            TableDescription description, String attribute, IndexType type, int polls) {
        UpdateTableRequest request = UpdateTableRequest.builder()
                .tableName(table)
                .overrideConfiguration(PATIENCE)
                .attributeDefinitions(definition(attribute, type), created())
                .globalSecondaryIndexUpdates(GlobalSecondaryIndexUpdate.builder()
                        .create(create -> create.indexName(Indexes.nameOf(attribute))
                                .keySchema(keys(attributes, attribute))
                                .projection(KEYS_ONLY)
                                .provisionedThroughput(capacity(description)))
                        .build())
                .build();
        return Requests.then(
                calls.call(DynamoOperation.UPDATE_TABLE, request),
                updated -> again(polls),
                // Somebody else changes the table at the same moment.
                failure -> failure instanceof ResourceInUseException || failure instanceof LimitExceededException
                        ? again(polls)
                        : Requests.failed(failure));
    }

    static List<KeySchemaElement> keys(ItemAttributes attributes, String attribute) {
        return List.of(
                KeySchemaElement.builder()
                        .attributeName(attribute)
                        .keyType(KeyType.HASH)
                        .build(),
                KeySchemaElement.builder()
                        .attributeName(attributes.name(ItemAttribute.CREATED_AT))
                        .keyType(KeyType.RANGE)
                        .build());
    }

    static AttributeDefinition definition(String attribute, IndexType type) {
        return AttributeDefinition.builder()
                .attributeName(attribute)
                .attributeType(type == IndexType.NUMBER ? ScalarAttributeType.N : ScalarAttributeType.S)
                .build();
    }

    private AttributeDefinition created() {
        return created(attributes);
    }

    static AttributeDefinition created(ItemAttributes attributes) {
        return AttributeDefinition.builder()
                .attributeName(attributes.name(ItemAttribute.CREATED_AT))
                .attributeType(ScalarAttributeType.N)
                .build();
    }

    private CompletionStage<TableDescription> again(int polls) {
        return Requests.then(calls.pause(POLL), ended -> await(polls + 1), Requests::failed);
    }

    private CompletionStage<TableDescription> create(int polls) {
        List<AttributeDefinition> definitions = new ArrayList<>();
        definitions.add(AttributeDefinition.builder()
                .attributeName(id)
                .attributeType(ScalarAttributeType.S)
                .build());
        List<GlobalSecondaryIndex> secondary = new ArrayList<>();
        indexes.forEach((attribute, type) -> {
            definitions.add(definition(attribute, type));
            secondary.add(GlobalSecondaryIndex.builder()
                    .indexName(Indexes.nameOf(attribute))
                    .keySchema(keys(attributes, attribute))
                    .projection(KEYS_ONLY)
                    .build());
        });
        if (!secondary.isEmpty()) {
            definitions.add(created());
        }
        CreateTableRequest.Builder builder = CreateTableRequest.builder()
                .tableName(table)
                .overrideConfiguration(PATIENCE)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .keySchema(KeySchemaElement.builder()
                        .attributeName(id)
                        .keyType(KeyType.HASH)
                        .build())
                .attributeDefinitions(definitions)
                .globalSecondaryIndexes(secondary.isEmpty() ? null : secondary);
        more.accept(builder);
        CreateTableRequest request = builder.build();
        return Requests.then(
                calls.call(DynamoOperation.CREATE_TABLE, request),
                created -> await(polls + 1),
                // Somebody else creates it at the same moment.
                failure -> failure instanceof ResourceInUseException ? again(polls) : Requests.failed(failure));
    }

    private @Nullable String problem(TableDescription description) {
        List<KeySchemaElement> keys = description.keySchema();
        if (keys.size() > 1) {
            return "the table " + table + " has a RANGE key; it must have the HASH key " + id + " alone";
        }
        String found = keys.get(0).attributeName();
        if (!found.equals(id)) {
            return "the key of the table " + table + " is named " + found + ", not " + id + ": set "
                    + settings.apply(ItemAttribute.ID.setting()) + "=" + found;
        }
        for (AttributeDefinition definition : description.attributeDefinitions()) {
            if (definition.attributeName().equals(id) && definition.attributeType() != ScalarAttributeType.S) {
                return "the key " + id + " of the table " + table + " has the type "
                        + definition.attributeTypeAsString() + "; it must be S (String)";
            }
        }
        for (Map.Entry<String, IndexType> index : indexes.entrySet()) {
            GlobalSecondaryIndexDescription present = find(description, index.getKey());
            AttributeDefinition wanted = definition(index.getKey(), index.getValue());
            if (present != null
                    && !(present.keySchema().equals(keys(attributes, index.getKey()))
                            && description.attributeDefinitions().contains(wanted))) {
                return "the index " + present.indexName() + " of the table " + table + " must have the HASH key "
                        + index.getKey() + " of type " + wanted.attributeTypeAsString() + " and the RANGE key "
                        + attributes.name(ItemAttribute.CREATED_AT) + ": delete it";
            }
        }
        return null;
    }

    private CompletionStage<Boolean> enableTimeToLive() {
        return Requests.then(
                calls.call(
                        DynamoOperation.DESCRIBE_TIME_TO_LIVE,
                        DescribeTimeToLiveRequest.builder()
                                .tableName(table)
                                .overrideConfiguration(PATIENCE)
                                .build()),
                response -> {
                    TimeToLiveDescription found = response.timeToLiveDescription();
                    TimeToLiveStatus status = found == null ? null : found.timeToLiveStatus();
                    if (status != TimeToLiveStatus.ENABLED && status != TimeToLiveStatus.ENABLING) {
                        return turnOn();
                    }
                    return ttl.equals(found.attributeName())
                            ? Requests.done(true)
                            : Requests.failed(new StoreMisconfiguredException(
                                    "the TTL of the table " + table + " looks at the attribute "
                                            + found.attributeName() + ", not at " + ttl + ": set "
                                            + settings.apply(ItemAttribute.TTL.setting()) + "=" + found.attributeName(),
                                    null));
                },
                DynamoDbTables::ignoreUnsupported);
    }

    private CompletionStage<Boolean> turnOn() {
        UpdateTimeToLiveRequest request = UpdateTimeToLiveRequest.builder()
                .tableName(table)
                .overrideConfiguration(PATIENCE)
                .timeToLiveSpecification(spec -> spec.attributeName(ttl).enabled(true))
                .build();
        return Requests.then(
                calls.call(DynamoOperation.UPDATE_TIME_TO_LIVE, request),
                done -> Requests.done(true),
                DynamoDbTables::ignoreUnsupported);
    }

    /** Some endpoints for development have no TTL: expiry never depends on it. */
    private static CompletionStage<Boolean> ignoreUnsupported(Throwable failure) {
        if (failure instanceof AwsServiceException refused && refused.awsErrorDetails() != null) {
            String code = String.valueOf(refused.awsErrorDetails().errorCode());
            String message = String.valueOf(refused.awsErrorDetails().errorMessage());
            boolean raced = code.startsWith("Validation") && message.contains("already enabled");
            if (isUnsupported(refused) || raced) {
                return Requests.done(true);
            }
        }
        return Requests.failed(failure);
    }

    /** Whether an endpoint does not know an operation. */
    static boolean isUnsupported(AwsServiceException refused) {
        return refused.awsErrorDetails() != null
                && String.valueOf(refused.awsErrorDetails().errorCode()).startsWith("UnknownOperation");
    }
}
