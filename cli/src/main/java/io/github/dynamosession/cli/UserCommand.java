// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

import io.github.dynamosession.SessionHandle;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.SessionPage;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.SessionTable;
import io.github.dynamosession.settings.EngineSettings;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.SessionCodec;
import java.io.PrintWriter;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** {@code user sessions|end}. */
@Command(
        name = "user",
        description = "Shows or ends all sessions of a user, over an index. With encryption it needs the application's"
                + " keys, as its --config.",
        mixinStandardHelpOptions = true)
final class UserCommand {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    /** Whose sessions are meant. */
    static final class Whose {
        @Spec(Spec.Target.MIXEE)
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Parameters(index = "0", paramLabel = "NAME", description = "The user's name, as the application knows it.")
        @SuppressWarnings("NullAway.Init")
        private String name;

        @Option(
                names = "--by",
                paramLabel = "ATTRIBUTE",
                defaultValue = SessionManager.PRINCIPAL,
                description = "Another indexed attribute of dynamosession.indexes, instead of ${DEFAULT-VALUE}.")
        @SuppressWarnings("NullAway.Init")
        private String attribute;

        <T> T of(Target target, BiFunction<SessionManager, Object, T> operation) {
            SessionTable.Builder wanted = target.wanted();
            IndexType type = wanted.build().indexes().get(attribute);
            if (type == null && !attribute.equals(SessionManager.PRINCIPAL)) {
                throw new ParameterException(
                        spec.commandLine(), "The table has no index of " + attribute + " in dynamosession.indexes");
            }
            SessionTable table =
                    type == null ? wanted.index(attribute, IndexType.TEXT).build() : wanted.build();
            try (DynamoDbClient client = target.client();
                    DynamoDbSessionStore store = target.store(client, table);
                    SessionManager sessions = manager(target, store)) {
                return operation.apply(sessions, value(type));
            }
        }

        private SessionManager manager(Target target, DynamoDbSessionStore store) {
            SessionManager.Builder builder = target.read(reader -> SessionManager.builder(store)
                    .codec(new NoCodec())
                    .namespace(target.namespace())
                    .encryption(reader.encryptionKeys())
                    .requireEncryption(
                            reader.flag(EngineSettings.REQUIRE_ENCRYPTION).orElse(false))
                    .indexMarks(reader.flag(EngineSettings.INDEX_MARKS).orElse(false)));
            if (!attribute.equals(SessionManager.PRINCIPAL)) {
                builder.customAttribute(attribute, session -> null);
            }
            return builder.build();
        }

        private Object value(@Nullable IndexType type) {
            if (type != IndexType.NUMBER) {
                return name;
            }
            try {
                return new BigDecimal(name);
            } catch (NumberFormatException e) {
                throw new ParameterException(spec.commandLine(), "The index of " + attribute + " is one of numbers");
            }
        }
    }

    @Command(
            name = "sessions",
            description = "Lists the sessions of a user, the oldest first.",
            mixinStandardHelpOptions = true)
    int sessions(
            @Mixin Target target,
            @Mixin Whose whose,
            @Option(names = "--output", paramLabel = "FORMAT", defaultValue = "text", description = "text or json.")
                    Output output) {
        List<SessionHandle> found = whose.of(target, (sessions, value) -> {
            List<SessionHandle> all = new ArrayList<>();
            SessionPage page = sessions.findBy(whose.attribute, value);
            all.addAll(page.sessions());
            while (page.next().isPresent()) {
                page = sessions.findBy(whose.attribute, value, page.next().get());
                all.addAll(page.sessions());
            }
            return all;
        });
        PrintWriter out = spec.commandLine().getOut();
        if (output == Output.JSON) {
            out.println(Json.of(
                    Map.of("sessions", found.stream().map(UserCommand::facts).toList())));
            return Main.DONE;
        }
        if (found.isEmpty()) {
            out.println("There is no session of that user, or it is too new for the index.");
        }
        found.forEach(session -> facts(session).forEach((name, value) -> out.printf("%-12s%s%n", name, value)));
        return Main.DONE;
    }

    private static Map<String, Object> facts(SessionHandle session) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("key", session.reference());
        facts.put("created", session.createdAt());
        facts.put("accessed", session.lastAccessedAt());
        facts.put("expires", session.expiresAt().<Object>map(time -> time).orElse("never"));
        return facts;
    }

    @Command(
            name = "end",
            description = "Ends all sessions of a user: they are logged out everywhere.",
            mixinStandardHelpOptions = true)
    int end(@Mixin Target target, @Mixin Whose whose) {
        int ended = whose.of(target, (sessions, value) -> sessions.endAllBy(whose.attribute, value));
        spec.commandLine().getOut().println(ended == 1 ? "1 session has ended." : ended + " sessions have ended.");
        return Main.DONE;
    }

    /** No value is encoded or decoded here. */
    private static final class NoCodec implements SessionCodec {
        @Override
        public int format() {
            return EncodedValue.FIRST_CUSTOM;
        }

        @Override
        public byte[] encode(Object value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Object decode(byte[] bytes, Type type) {
            throw new UnsupportedOperationException(Objects.toString(type));
        }
    }
}
