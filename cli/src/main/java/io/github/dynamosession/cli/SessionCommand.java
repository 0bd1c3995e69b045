// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** {@code session show|end}. */
@Command(name = "session", description = "Shows or ends one session.", mixinStandardHelpOptions = true)
final class SessionCommand {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    /** Which session is meant. */
    static final class Which {
        @Spec(Spec.Target.MIXEE)
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Parameters(
                index = "0",
                arity = "0..1",
                paramLabel = "KEY",
                description = "The key in the table, as the AWS console shows it.")
        private @Nullable String key;

        @Option(
                names = "--cookie",
                description = "Asks for the cookie's value, or reads it from standard input: on the command line"
                        + " everybody on the machine could see it.")
        private boolean cookie;

        SessionKey key(Target target) {
            if (cookie == (key != null)) {
                throw new ParameterException(spec.commandLine(), "Give either the KEY or --cookie");
            }
            return key == null ? ofCookie(target, Terminal.askForSecret("Value of the cookie: ")) : SessionKey.of(key);
        }

        /** The signature is not checked: who may read the table needs no cookie. */
        private static SessionKey ofCookie(Target target, String value) {
            int dot = value.indexOf('.');
            return SessionKey.ofId(target.namespace(), dot < 0 ? value : value.substring(0, dot));
        }
    }

    @Command(name = "show", description = "Shows a session; values only if asked for.", mixinStandardHelpOptions = true)
    int show(
            @Mixin Target target,
            @Mixin Which which,
            @Option(names = "--values", description = "Shows JSON values, too. They may be personal data.")
                    boolean values,
            @Option(names = "--output", paramLabel = "FORMAT", defaultValue = "text", description = "text or json.")
                    Output output) {
        SessionKey key = which.key(target);
        try (DynamoDbClient client = target.client();
                DynamoDbSessionStore store = target.store(client)) {
            FindOutcome outcome = join(store.find(key));
            if (outcome instanceof FindOutcome.Found found) {
                show(found.session(), values, output);
                return Main.DONE;
            }
            throw new CommandFailedException(
                    outcome instanceof FindOutcome.Moved moved
                            ? "The id of this session changed at " + moved.at() + "; it is under another key now"
                            : "There is no such session: it has ended or never was, or --namespace is another");
        }
    }

    private void show(StoredSession session, boolean values, Output output) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("created", session.createdAt());
        facts.put("accessed", session.accessedAt());
        facts.put(
                "idle timeout", session.idleTimeout().<Object>map(time -> time).orElse("never"));
        facts.put("expires", session.expiresAt().<Object>map(time -> time).orElse("never"));
        session.absoluteExpiry().ifPresent(end -> facts.put("absolute expiry", end));
        facts.put("version", session.version());
        Map<String, Object> attributes = new LinkedHashMap<>();
        session.attributes().forEach((name, value) -> attributes.put(name, describe(value, values)));
        PrintWriter out = spec.commandLine().getOut();
        if (output == Output.JSON) {
            facts.put("attributes", attributes);
            out.println(Json.of(facts));
            return;
        }
        facts.forEach((name, value) -> out.printf("%-16s%s%n", name, value));
        out.println("attributes");
        attributes.forEach((name, value) -> out.printf("    %-24s%s%n", name, value));
    }

    private static String describe(EncodedValue value, boolean shown) {
        if (shown && value.format() == EncodedValue.JSON) {
            return new String(value.bytes(), StandardCharsets.UTF_8);
        }
        PartPointer outside = PartPointer.of(value).orElse(null);
        if (outside != null) {
            return outside.length() + " bytes, outside of the row";
        }
        String format = switch (value.format()) {
            case EncodedValue.JSON -> "JSON";
            case EncodedValue.MESSAGE_PACK -> "MessagePack";
            case EncodedValue.JAVA -> "Java serialization";
            case EncodedValue.COMPRESSED -> "compressed";
            case EncodedValue.ENCRYPTED -> "encrypted";
            case EncodedValue.SPRING -> "Spring's JSON";
            default -> "format " + value.format();
        };
        return value.bytes().length + " bytes, " + format;
    }

    @Command(
            name = "end",
            description = "Ends a session: its user is logged out, and no late request brings it back.",
            mixinStandardHelpOptions = true)
    int end(@Mixin Target target, @Mixin Which which) {
        SessionKey key = which.key(target);
        try (DynamoDbClient client = target.client();
                DynamoDbSessionStore store = target.store(client)) {
            DeleteOutcome outcome = join(store.delete(key));
            if (outcome == DeleteOutcome.MOVED) {
                throw new CommandFailedException(
                        "Nothing is ended: this session got another id at a login, and is under another key now");
            }
            spec.commandLine()
                    .getOut()
                    .println(outcome == DeleteOutcome.ABSENT ? "There is no such session." : "The session has ended.");
            return Main.DONE;
        }
    }

    static <T> T join(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
