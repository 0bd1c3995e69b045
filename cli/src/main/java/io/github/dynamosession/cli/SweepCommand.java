// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

import io.github.dynamosession.dynamodb.ItemAttribute;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.SessionStore;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/** {@code sweep}: deletes sessions by age, for tables without TTL and for spring cleaning. */
@Command(
        name = "sweep",
        description = "Deletes what one of the conditions holds for, in the namespace. Reads the whole table."
                + " Listeners of applications are not notified.",
        mixinStandardHelpOptions = true)
final class SweepCommand implements Callable<Integer> {
    private static final int PAGE = 200;
    private static final Duration SHORTEST = Duration.ofMinutes(1);

    /** As the store's own sweeps have it. */
    private static final Duration LEFTOVER_KEPT = Duration.ofDays(1);

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private Target target = new Target();

    @Option(names = "--expired", description = "Sessions that have expired, a minute ago or longer.")
    private boolean expired;

    @Option(
            names = "--max-age",
            paramLabel = "TIME",
            converter = Period.class,
            description = "Sessions that were created longer ago, such as 30d.")
    private @Nullable Duration maxAge;

    @Option(
            names = "--max-stale",
            paramLabel = "TIME",
            converter = Period.class,
            description = "Sessions that were last used longer ago, such as 12h.")
    private @Nullable Duration maxStale;

    @Option(
            names = "--leftovers",
            description = "What sessions leave behind, on tables without TTL: traces of ended and moved ones, and large"
                    + " values, a day after their TTL.")
    private boolean leftovers;

    @Option(names = "--dry-run", description = "Only counts.")
    private boolean dryRun;

    @Option(
            names = "--rate",
            paramLabel = "UNITS",
            description = "Read and write units a second at most; as fast as possible unless given.")
    private @Nullable Double rate;

    @Option(names = "--from", paramLabel = "KEY", description = "Goes on where an earlier run was stopped.")
    private @Nullable String from;

    @Option(names = "--output", paramLabel = "FORMAT", defaultValue = "text", description = "text or json.")
    private Output output = Output.TEXT;

    private long seen;
    private long matched;
    private long deleted;
    private long parts;
    private double units;
    private long start;
    private @Nullable String position;

    @Override
    public Integer call() {
        if (!expired && !leftovers && maxAge == null && maxStale == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Which sessions? Give --expired, --max-age, --max-stale or --leftovers; nothing is deleted");
        }
        for (Duration time : new @Nullable Duration[] {maxAge, maxStale}) {
            if (time != null && time.compareTo(SHORTEST) < 0) {
                throw new ParameterException(spec.commandLine(), "The shortest time is one minute");
            }
        }
        if (rate != null && rate <= 0) {
            throw new ParameterException(spec.commandLine(), "--rate must be positive");
        }
        position = from;
        try (DynamoDbClient client = target.client()) {
            sweep(client);
        } catch (SdkException e) {
            throw new CommandFailedException(e.getMessage() + "\n" + deleted + " rows were deleted. Go on with: "
                    + (position == null ? "the same command" : "--from " + position));
        }
        tell();
        return Main.DONE;
    }

    private void sweep(DynamoDbClient client) {
        String table = target.table();
        ItemAttributes names = target.attributes();
        Instant now = Instant.now();
        boolean deletesParts = target.deletesParts();
        start = System.nanoTime();
        do {
            ScanResponse page = client.scan(scan(table, names, now));
            bill(page.consumedCapacity());
            seen += page.scannedCount();
            for (Map<String, AttributeValue> row : page.items()) {
                String key = key(row, names);
                if (isOwn(key)) {
                    matched++;
                    delete(client, table, names, row, deletesParts);
                }
            }
            position = page.hasLastEvaluatedKey() ? key(page.lastEvaluatedKey(), names) : null;
            progress();
        } while (position != null);
    }

    /** Any of the conditions; the table decides, and only keys and times come over the network. */
    private ScanRequest scan(String table, ItemAttributes names, Instant now) {
        Map<String, String> placeholders = new HashMap<>();
        Map<String, AttributeValue> values = new HashMap<>();
        placeholders.put("#id", names.name(ItemAttribute.ID));
        placeholders.put("#kind", names.name(ItemAttribute.KIND));
        placeholders.put("#uid", names.name(ItemAttribute.UID));
        placeholders.put("#created", names.name(ItemAttribute.CREATED_AT));
        placeholders.put("#accessed", names.name(ItemAttribute.ACCESSED_AT));
        placeholders.put("#expires", names.name(ItemAttribute.EXPIRES_AT));
        List<String> any = new ArrayList<>();
        if (expired || maxAge != null || maxStale != null) {
            values.put(":session", AttributeValue.fromS("session"));
        }
        if (leftovers) {
            placeholders.put("#ttl", names.name(ItemAttribute.TTL));
            values.put(":part", AttributeValue.fromS("part"));
            values.put(":redirect", AttributeValue.fromS("redirect"));
            values.put(":ended", AttributeValue.fromS("ended"));
            values.put(
                    ":useless",
                    AttributeValue.fromN(Long.toString(now.minus(LEFTOVER_KEPT).getEpochSecond())));
            any.add("#kind IN (:part, :redirect, :ended) AND #ttl < :useless");
        }
        if (expired) {
            any.add("#kind = :session AND #expires < :expired");
            values.put(":expired", millis(now.minus(SessionStore.SAVE_GRACE)));
        }
        if (maxAge != null) {
            any.add("#kind = :session AND #created < :created");
            values.put(":created", millis(now.minus(maxAge)));
        }
        if (maxStale != null) {
            any.add("#kind = :session AND #accessed < :accessed");
            values.put(":accessed", millis(now.minus(maxStale)));
        }
        return ScanRequest.builder()
                .tableName(table)
                // A row of 8 KB costs one unit.
                .limit(rate == null ? PAGE : (int) Math.max(1, Math.min(PAGE, rate)))
                .exclusiveStartKey(
                        position == null ? null : Map.of(names.name(ItemAttribute.ID), AttributeValue.fromS(position)))
                .filterExpression(any.stream().map(one -> "(" + one + ")").collect(Collectors.joining(" OR ")))
                .projectionExpression("#id, #kind, #uid, #created, #accessed, #expires" + (leftovers ? ", #ttl" : ""))
                .expressionAttributeNames(placeholders)
                .expressionAttributeValues(values)
                .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)
                .build();
    }

    private static String key(Map<String, AttributeValue> row, ItemAttributes names) {
        return Objects.requireNonNull(row.get(names.name(ItemAttribute.ID))).s();
    }

    private static AttributeValue millis(Instant time) {
        return AttributeValue.fromN(Long.toString(time.toEpochMilli()));
    }

    /** Other applications may use the table. */
    private boolean isOwn(String key) {
        String prefix = target.namespacePrefix();
        return prefix.isEmpty() ? key.indexOf(':') < 0 : key.startsWith(prefix);
    }

    /** Only if it is as it was seen: somebody may use it just now. */
    private void delete(
            DynamoDbClient client,
            String table,
            ItemAttributes names,
            Map<String, AttributeValue> row,
            boolean deletesParts) {
        if (dryRun) {
            return;
        }
        Map<String, String> placeholders = new HashMap<>();
        Map<String, AttributeValue> values = new HashMap<>();
        StringBuilder condition = new StringBuilder("#kind = :kind");
        AttributeValue kind = Objects.requireNonNull(row.get(names.name(ItemAttribute.KIND)));
        placeholders.put("#kind", names.name(ItemAttribute.KIND));
        values.put(":kind", kind);
        List<ItemAttribute> asSeen =
                new ArrayList<>(List.of(ItemAttribute.UID, ItemAttribute.ACCESSED_AT, ItemAttribute.EXPIRES_AT));
        if (!kind.s().equals("session")) {
            asSeen.add(ItemAttribute.TTL);
        }
        for (ItemAttribute attribute : asSeen) {
            String name = attribute.name().toLowerCase(Locale.ROOT);
            AttributeValue value = row.get(names.name(attribute));
            placeholders.put("#" + name, names.name(attribute));
            if (value == null) {
                condition.append(" AND attribute_not_exists(#" + name + ")");
            } else {
                condition.append(" AND #" + name + " = :" + name);
                values.put(":" + name, value);
            }
        }
        String id = names.name(ItemAttribute.ID);
        try {
            DeleteItemResponse response = client.deleteItem(DeleteItemRequest.builder()
                    .tableName(table)
                    .key(Map.of(id, Objects.requireNonNull(row.get(id))))
                    .conditionExpression(condition.toString())
                    .expressionAttributeNames(placeholders)
                    .expressionAttributeValues(values)
                    .returnValues(ReturnValue.ALL_OLD)
                    .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)
                    .build());
            deleted++;
            bill(response.consumedCapacity());
            deleteParts(client, table, names, response.attributes(), deletesParts);
        } catch (ConditionalCheckFailedException e) {
            // Used, ended or moved since: it stays.
            units++;
        }
    }

    /** Those that are to go with their session, and those that TTL never removes. */
    private void deleteParts(
            DynamoDbClient client,
            String table,
            ItemAttributes names,
            Map<String, AttributeValue> session,
            boolean all) {
        AttributeValue data = session.get(names.name(ItemAttribute.DATA));
        AttributeValue uid = session.get(names.name(ItemAttribute.UID));
        if (data == null || uid == null) {
            return;
        }
        for (AttributeValue value : data.m().values()) {
            PartPointer pointer = pointer(value).orElse(null);
            if (pointer == null || (pointer.until().isPresent() && !all)) {
                continue;
            }
            for (int row = 0; row < pointer.rows(); row++) {
                try {
                    bill(client.deleteItem(DeleteItemRequest.builder()
                                    .tableName(table)
                                    .key(Map.of(
                                            names.name(ItemAttribute.ID),
                                            AttributeValue.fromS(
                                                    pointer.rowKey(row).value())))
                                    .conditionExpression("#kind = :part AND #uid = :uid")
                                    .expressionAttributeNames(Map.of(
                                            "#kind",
                                            names.name(ItemAttribute.KIND),
                                            "#uid",
                                            names.name(ItemAttribute.UID)))
                                    .expressionAttributeValues(
                                            Map.of(":part", AttributeValue.fromS("part"), ":uid", uid))
                                    .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)
                                    .build())
                            .consumedCapacity());
                    parts++;
                } catch (ConditionalCheckFailedException e) {
                    // Not there any more, or never was.
                    units++;
                }
            }
        }
    }

    /** As {@code docs/storage-format.md} says: a byte for the format, then what the format says. */
    private static Optional<PartPointer> pointer(AttributeValue stored) {
        byte[] bytes = stored.b() == null ? new byte[0] : stored.b().asByteArray();
        return bytes.length == 0 || bytes[0] != EncodedValue.OUTSIDE
                ? Optional.empty()
                : PartPointer.of(EncodedValue.of(EncodedValue.OUTSIDE, Arrays.copyOfRange(bytes, 1, bytes.length)));
    }

    private void bill(@Nullable ConsumedCapacity consumed) {
        if (consumed != null && consumed.capacityUnits() != null) {
            units += consumed.capacityUnits();
        }
        keepRate();
    }

    private void keepRate() {
        if (rate == null) {
            return;
        }
        double due = units / rate - (System.nanoTime() - start) / 1e9;
        if (due > 0) {
            try {
                Thread.sleep((long) (due * 1000));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CommandFailedException("Interrupted. Go on with: --from " + position);
            }
        }
    }

    /** Only where somebody sees it, who may want to stop here and go on later. */
    private void progress() {
        if (Terminal.isInteractive() && position != null) {
            PrintWriter err = spec.commandLine().getErr();
            err.print("\r" + seen + " rows seen, " + deleted + " deleted; --from " + position + " ");
            err.flush();
        }
    }

    private void tell() {
        PrintWriter out = spec.commandLine().getOut();
        if (output == Output.JSON) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("rows", seen);
            json.put("matched", matched);
            json.put("deleted", deleted);
            json.put("parts", parts);
            json.put("units", units);
            out.println(Json.of(json));
            return;
        }
        if (Terminal.isInteractive()) {
            out.println();
        }
        out.println(seen + " rows seen, " + matched + (leftovers ? " rows match, " : " sessions match, ") + deleted
                + " deleted"
                + (parts == 0 ? "" : " with " + parts + " rows of large values")
                + (dryRun ? " (dry run)" : "") + String.format(Locale.ROOT, "; %.1f capacity units", units));
    }

    /** {@code 30d}, {@code 12h}, {@code 5m}, {@code PT5M}, or seconds. */
    static final class Period implements ITypeConverter<Duration> {
        private static final Pattern SHORT = Pattern.compile("(\\d{1,9})([smhd]?)");

        @Override
        public Duration convert(String text) {
            Matcher matcher = SHORT.matcher(text);
            if (!matcher.matches()) {
                try {
                    return Duration.parse(text);
                } catch (DateTimeParseException e) {
                    throw new TypeConversionException("'" + text + "' is not a time such as 30d, 12h or 5m");
                }
            }
            long amount = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2)) {
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                case "d" -> Duration.ofDays(amount);
                default -> Duration.ofSeconds(amount);
            };
        }
    }
}
