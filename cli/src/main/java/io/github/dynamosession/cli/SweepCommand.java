// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.TableSweep;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.SweepOutcome;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** {@code sweep}: deletes sessions by age, for tables without TTL and for spring cleaning. */
@Command(
        name = "sweep",
        description = "Deletes what one of the conditions holds for, in the namespace. Reads the whole table."
                + " Listeners of applications are not notified.",
        mixinStandardHelpOptions = true)
final class SweepCommand implements Callable<Integer> {
    private static final int PAGE = 200;
    private static final Duration SHORTEST = Duration.ofMinutes(1);

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
        try (DynamoDbClient client = target.client();
                DynamoDbSessionStore store =
                        target.store(client, target.wanted().build(), bill())) {
            sweep(TableSweep.builder(store)
                    .expired(expired)
                    .maxAge(maxAge)
                    .maxStale(maxStale)
                    .leftovers(leftovers)
                    .build());
        } catch (SessionException e) {
            throw new CommandFailedException(e.getMessage() + "\n" + deleted + " rows were deleted. Go on with: "
                    + (position == null ? "the same command" : "--from " + position));
        }
        tell();
        return Main.DONE;
    }

    private void sweep(TableSweep sweep) {
        // A row of 8 KB costs one unit.
        int limit = rate == null ? PAGE : (int) Math.max(1, Math.min(PAGE, rate));
        start = System.nanoTime();
        do {
            TableSweep.Page page = SessionCommand.join(sweep.find(position, limit));
            keepRate();
            seen += page.rows();
            for (ExpiredSession session : page.sessions()) {
                delete(session.key(), () -> sweep.delete(session));
            }
            for (SessionKey key : page.leftovers()) {
                delete(key, () -> sweep.deleteLeftover(key));
            }
            position = page.next().orElse(null);
            progress();
        } while (position != null);
    }

    private void delete(SessionKey key, Supplier<CompletionStage<SweepOutcome>> deletion) {
        if (!isOwn(key.value())) {
            return;
        }
        matched++;
        if (!dryRun) {
            deleted += SessionCommand.join(deletion.get()) == SweepOutcome.DELETED ? 1 : 0;
            keepRate();
        }
    }

    /** Other applications may use the table. */
    private boolean isOwn(String key) {
        String prefix = target.namespacePrefix();
        return prefix.isEmpty() ? key.indexOf(':') < 0 : key.startsWith(prefix);
    }

    /** Sums up what the store's operations cost. */
    private SessionObserver bill() {
        return new SessionObserver() {
            @Override
            public void operation(StoreOperation operation) {
                units += operation.readUnits() + operation.writeUnits();
                if (operation.result() == StoreOperation.Result.CONFLICT) {
                    // Used, ended or moved since: it stays, and costs a unit that nobody reports.
                    units++;
                } else if (operation.kind() == StoreOperation.Kind.DELETE_EXPIRED) {
                    parts += operation.roundTrips() - 1;
                }
            }
        };
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
