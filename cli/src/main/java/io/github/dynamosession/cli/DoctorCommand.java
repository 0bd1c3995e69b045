// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.ItemAttribute;
import io.github.dynamosession.dynamodb.SessionTable;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** {@code doctor}: one line for each thing that must be right. */
@Command(
        name = "doctor",
        description = "Says what keeps sessions from working: settings, credentials, region, table, TTL, permissions,"
                + " clock. Only reads, unless --write is given.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    private static final Duration CLOCK_MARGIN = SweepableSessionStore.CLOCK_MARGIN;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private Target target = new Target();

    @Option(names = "--write", description = "Also writes, changes and deletes a row of its own.")
    private boolean write;

    @Option(names = "--output", paramLabel = "FORMAT", defaultValue = "text", description = "text or json.")
    private Output output = Output.TEXT;

    private enum Verdict {
        OK,
        DIFFERS,
        FAILED,
        UNKNOWN
    }

    private record Line(Verdict verdict, String what, String found, String advice) {}

    private final List<Line> lines = new ArrayList<>();

    @Override
    public Integer call() {
        String table = target.table();
        ok("settings", "the table " + table + (target.namespacePrefix().isEmpty() ? "" : ", with a namespace"));
        try (DynamoDbClient client = target.client();
                DynamoDbSessionStore store = target.store(client)) {
            ok("place", store.location());
            if (credentials(client)) {
                boolean readable = read(store);
                table(client);
                if (write && readable) {
                    write(store, client);
                }
                clock();
            }
        }
        tell();
        return lines.stream().anyMatch(line -> line.verdict() == Verdict.FAILED)
                ? Main.FAILED
                : lines.stream().anyMatch(line -> line.verdict() == Verdict.DIFFERS) ? Main.DIFFERENCES : Main.DONE;
    }

    private void ok(String what, String found) {
        lines.add(new Line(Verdict.OK, what, found, ""));
    }

    private boolean credentials(DynamoDbClient client) {
        try {
            client.serviceClientConfiguration()
                    .credentialsProvider()
                    .resolveIdentity()
                    .join();
            ok("credentials", "found");
            return true;
        } catch (CompletionException | SdkException e) {
            lines.add(new Line(
                    Verdict.FAILED,
                    "credentials",
                    "none are found",
                    "set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give this machine, container or pod a role"));
            return false;
        }
    }

    private SessionKey ownKey() {
        return SessionKey.of(target.namespacePrefix() + "doctor-" + UUID.randomUUID());
    }

    private boolean read(DynamoDbSessionStore store) {
        try {
            SessionCommand.join(store.check(ownKey()));
            ok("reading", "dynamodb:GetItem works");
            return true;
        } catch (SessionException e) {
            lines.add(new Line(Verdict.FAILED, "reading", String.valueOf(e.getMessage()), ""));
            return false;
        }
    }

    private void table(DynamoDbClient client) {
        try {
            SessionTable table = target.wanted().build();
            List<SessionTable.Difference> differences = table.verify(client);
            differences.forEach(
                    found -> lines.add(new Line(Verdict.DIFFERS, "table", found.problem(), found.command())));
            if (differences.isEmpty()) {
                ok(
                        "table",
                        table.indexes().isEmpty()
                                ? "its key and TTL are as they should be"
                                : "its key, TTL and indexes are as they should be");
            }
        } catch (SessionException e) {
            lines.add(new Line(
                    Verdict.UNKNOWN,
                    "table",
                    "cannot be looked at: " + e.getMessage(),
                    "an application needs no permission for that; run this with dynamodb:DescribeTable and"
                            + " DescribeTimeToLive"));
        }
    }

    /** The operations of an application, on a row that nobody else knows. */
    private void write(DynamoDbSessionStore store, DynamoDbClient client) {
        SessionKey key = ownKey();
        Instant now = Instant.now();
        StoredSession session = StoredSession.builder()
                .uid(Token.random())
                .createdAt(now)
                .accessedAt(now)
                .idleTimeout(Duration.ofMinutes(5))
                .expiresAt(now.plus(Duration.ofMinutes(5)))
                .attributes(Map.of("doctor", value("1")))
                .build();
        step("dynamodb:PutItem", () -> SessionCommand.join(store.create(key, session)));
        step("dynamodb:UpdateItem", () -> {
            UpdateOutcome outcome = SessionCommand.join(store.update(
                    key,
                    SessionDelta.builder(Token.random())
                            .set("doctor", value("2"))
                            .build()));
            return outcome instanceof UpdateOutcome.Written ? outcome : null;
        });
        step("dynamodb:GetItem", () -> SessionCommand.join(store.find(key)) instanceof FindOutcome.Found ? "" : null);
        step(
                "dynamodb:DeleteItem",
                () -> client.deleteItem(request -> request.tableName(target.table())
                        .key(Map.of(
                                target.attributes().name(ItemAttribute.ID),
                                AttributeValue.builder().s(key.value()).build()))));
    }

    private static EncodedValue value(String json) {
        return EncodedValue.of(EncodedValue.JSON, json.getBytes(StandardCharsets.UTF_8));
    }

    private void step(String permission, Callable<@Nullable Object> operation) {
        try {
            if (operation.call() == null) {
                lines.add(new Line(Verdict.FAILED, "writing", permission + " does not do what it should", ""));
            } else {
                ok("writing", permission + " works");
            }
        } catch (Exception e) {
            lines.add(new Line(Verdict.FAILED, "writing", permission + ": " + e.getMessage(), ""));
        }
    }

    private void clock() {
        target.clockDifference().ifPresent(difference -> {
            // The header has whole seconds.
            if (difference.abs().compareTo(CLOCK_MARGIN) > 0) {
                lines.add(new Line(
                        Verdict.FAILED,
                        "clock",
                        "this machine's is " + difference.abs().toSeconds() + " s "
                                + (difference.isNegative() ? "behind" : "ahead of") + " DynamoDB's",
                        "turn time synchronisation on"));
            } else {
                ok("clock", "agrees with DynamoDB's");
            }
        });
    }

    private void tell() {
        PrintWriter out = spec.commandLine().getOut();
        if (output == Output.JSON) {
            out.println(Json.of(lines.stream()
                    .map(line -> {
                        Map<String, Object> json = new LinkedHashMap<>();
                        json.put("verdict", line.verdict().name().toLowerCase(java.util.Locale.ROOT));
                        json.put("what", line.what());
                        json.put("found", line.found());
                        json.put("advice", line.advice());
                        return json;
                    })
                    .toList()));
            return;
        }
        Ansi ansi = spec.commandLine().getColorScheme().ansi();
        for (Line line : lines) {
            String verdict = switch (line.verdict()) {
                case OK -> "@|green ok      |@";
                case DIFFERS -> "@|yellow differs |@";
                case FAILED -> "@|red FAILED  |@";
                case UNKNOWN -> "unknown ";
            };
            out.println(ansi.string(verdict) + String.format("%-13s", line.what()) + line.found());
            if (!line.advice().isEmpty()) {
                out.println("                     -> " + line.advice());
            }
        }
    }
}
