// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

import io.github.dynamosession.dynamodb.SessionTable;
import io.github.dynamosession.dynamodb.SessionTable.Difference;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** {@code table create|verify|delete}. */
@Command(name = "table", description = "Makes, checks and deletes the table.", mixinStandardHelpOptions = true)
final class TableCommand {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    /** What a table should be like. */
    static final class Wanted {
        @Spec(Spec.Target.MIXEE)
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Option(
                names = "--billing",
                paramLabel = "MODE",
                description = "on-demand, or provisioned with --read-units and --write-units.")
        private @Nullable String billing;

        @Option(names = "--read-units", paramLabel = "N", description = "Provisioned read capacity.")
        private @Nullable Long readUnits;

        @Option(names = "--write-units", paramLabel = "N", description = "Provisioned write capacity.")
        private @Nullable Long writeUnits;

        @Option(names = "--kms-key", paramLabel = "KEY", description = "A KMS key for encryption at rest.")
        private @Nullable String kmsKey;

        @Option(names = "--point-in-time-recovery", negatable = true, description = "Backups of each second.")
        private @Nullable Boolean pointInTimeRecovery;

        @Option(names = "--deletion-protection", negatable = true, description = "Protection against deletion.")
        private @Nullable Boolean deletionProtection;

        @Option(names = "--tag", paramLabel = "KEY=VALUE", description = "A tag; may be given several times.")
        private Map<String, String> tags = new LinkedHashMap<>();

        SessionTable table(Target target) {
            SessionTable.Builder builder = target.wanted();
            boolean units = readUnits != null || writeUnits != null;
            if ("provisioned".equals(billing) || (billing == null && units)) {
                if (readUnits == null || writeUnits == null || readUnits < 1 || writeUnits < 1) {
                    throw new ParameterException(
                            spec.commandLine(),
                            "Provisioned capacity needs --read-units and --write-units, at least 1");
                }
                builder.provisioned(readUnits, writeUnits);
            } else if ("on-demand".equals(billing) && !units) {
                builder.onDemand();
            } else if (billing != null) {
                throw new ParameterException(
                        spec.commandLine(), "--billing must be on-demand, without units, or provisioned");
            }
            if (kmsKey != null) {
                builder.encryptionKey(kmsKey);
            }
            if (pointInTimeRecovery != null) {
                builder.pointInTimeRecovery(pointInTimeRecovery);
            }
            if (deletionProtection != null) {
                builder.deletionProtection(deletionProtection);
            }
            tags.forEach(builder::tag);
            return builder.build();
        }
    }

    @Command(
            name = "create",
            description =
                    "Creates the table with TTL and the indexes of dynamosession.indexes, and waits for it. Of one that is"
                            + " there it turns TTL on and adds indexes, and says what else differs.",
            mixinStandardHelpOptions = true)
    int create(
            @Mixin Target target,
            @Mixin Wanted wanted,
            @Option(names = "--print", description = "Only prints the commands of the AWS CLI that do the same.")
                    boolean print,
            @Option(names = "--output", paramLabel = "FORMAT", defaultValue = "text", description = "text or json.")
                    Output output) {
        SessionTable table = wanted.table(target);
        if (print) {
            table.commands().forEach(spec.commandLine().getOut()::println);
            return Main.DONE;
        }
        try (DynamoDbClient client = target.client()) {
            return tell(target, table.create(client), output, "can be used");
        }
    }

    @Command(
            name = "verify",
            description = "Compares the table with the settings and these options. Only reads.",
            mixinStandardHelpOptions = true)
    int verify(
            @Mixin Target target,
            @Mixin Wanted wanted,
            @Option(names = "--output", paramLabel = "FORMAT", defaultValue = "text", description = "text or json.")
                    Output output) {
        SessionTable table = wanted.table(target);
        try (DynamoDbClient client = target.client()) {
            return tell(target, table.verify(client), output, "is as it should be");
        }
    }

    @Command(
            name = "delete",
            description = "Deletes the table with all its sessions, and waits until it is gone.",
            mixinStandardHelpOptions = true)
    int delete(
            @Mixin Target target,
            @Option(
                            names = "--yes",
                            paramLabel = "NAME",
                            description = "The table's name once more, instead of an answer to a question.")
                    @Nullable
                    String yes) {
        String name = target.table();
        if (!name.equals(yes == null ? Terminal.ask("This deletes all sessions. Type the table's name: ") : yes)) {
            throw new CommandFailedException("Nothing is deleted: the name is not " + name);
        }
        try (DynamoDbClient client = target.client()) {
            boolean was = target.wanted().build().delete(client);
            spec.commandLine()
                    .getOut()
                    .println(was ? "The table " + name + " is deleted." : "There is no table " + name + ".");
            return Main.DONE;
        }
    }

    private int tell(Target target, List<Difference> differences, Output output, String sound) {
        PrintWriter out = spec.commandLine().getOut();
        if (output == Output.JSON) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("table", target.table());
            json.put(
                    "differences",
                    differences.stream()
                            .map(found -> Map.of("problem", found.problem(), "command", found.command()))
                            .toList());
            out.println(Json.of(json));
        } else if (differences.isEmpty()) {
            out.println("The table " + target.table() + " " + sound + ".");
        } else {
            differences.forEach(found -> {
                out.println("- " + found.problem());
                out.println("    " + found.command());
            });
        }
        return differences.isEmpty() ? Main.DONE : Main.DIFFERENCES;
    }
}
