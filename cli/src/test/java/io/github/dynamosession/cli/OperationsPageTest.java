// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.testkit.EmbeddedDynamoDb;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@EmbeddedDynamoDb
@DisplayName("The commands of docs/operations.md")
class OperationsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "operations.md");
    private static final Path FRESH = Path.of("target", "fresh", "operations.md");
    private static final String BEGIN = "```console\n";
    private static final String COMMAND = "$ dynamosession ";
    private static final String DOCUMENTED_KEY = "ydTvEJkv7f5AZEGd0hIt467kI2ie4XhrypeQphm4KuQ";
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z");
    private static final Instant DOCUMENTED = Instant.parse("2026-11-30T03:13:23.810Z");
    private static final String ENDPOINT = "http://localhost:8000";

    private final String endpoint;
    private final DynamoDbClient dynamoDb;

    @TempDir
    private Path folder;

    OperationsPageTest(EmbeddedDynamoDbServer server, DynamoDbClient dynamoDb) {
        this.endpoint = server.endpoint().toString();
        this.dynamoDb = dynamoDb;
    }

    @Test
    @DisplayName("print what stands there: if not, copy target/fresh/operations.md over it")
    void print() throws IOException {
        Files.writeString(folder.resolve("shop.properties"), "indexes=principal\n");
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf("```", begin);
        StringBuilder fresh = new StringBuilder();
        String key = "";
        int code = 0;
        for (String line : page.substring(begin, end).lines().toList()) {
            if (line.equals("$ echo $?")) {
                fresh.append(line).append('\n').append(code).append('\n');
            } else if (line.startsWith(COMMAND)) {
                if (line.contains(" user sessions ")) {
                    saved("bob", 100);
                    key = saved("alice", 40_000);
                }
                CliTest.Ended ended = CliTest.run("", arguments(line, key));
                code = ended.code();
                String printed = moved((ended.out() + ended.err())
                        .replace(folder + "/", "")
                        .replace(endpoint, ENDPOINT)
                        .replaceAll("(?s)Usage: .*", "…\n"));
                fresh.append(line).append('\n').append(key.isEmpty() ? printed : printed.replace(key, DOCUMENTED_KEY));
            }
        }
        Files.createDirectories(FRESH.getParent());
        Files.writeString(FRESH, page.substring(0, begin) + fresh + page.substring(end));
        assertThat(page.substring(begin, end)).isEqualTo(fresh.toString());
    }

    /** To the time that is documented, by whole minutes. */
    private static String moved(String printed) {
        Matcher times = TIME.matcher(printed);
        Instant first = times.find() ? Instant.parse(times.group()) : DOCUMENTED;
        return times.reset()
                .replaceAll(time -> DOCUMENTED
                        .plus(Duration.between(first, Instant.parse(time.group()))
                                .truncatedTo(ChronoUnit.MINUTES))
                        .toString());
    }

    private String[] arguments(String line, String key) {
        List<String> arguments = new ArrayList<>();
        for (String argument : line.substring(COMMAND.length()).split(" ")) {
            boolean file = argument.endsWith(".properties") || argument.endsWith(".keys");
            arguments.add(
                    file
                            ? folder.resolve(argument).toString()
                            : argument.replace(ENDPOINT, endpoint).replace(DOCUMENTED_KEY, key));
        }
        return arguments.toArray(String[]::new);
    }

    private String saved(String user, int size) {
        DynamoDbSessionStore store = DynamoDbSessionStore.builder()
                .client(dynamoDb)
                .tableName("sessions")
                .index(SessionManager.PRINCIPAL, IndexType.TEXT)
                .build();
        SessionManager sessions = SessionManager.builder(store)
                .codec(new JsonTexts())
                .compressAbove(null)
                .principal(session -> session.get("user", String.class).orElse(null))
                .build();
        Session session = sessions.newSession();
        session.set("user", user);
        session.set("photo", "x".repeat(size));
        sessions.save(session);
        return SessionKey.ofId("", session.id()).value();
    }

    /** Texts as JSON. */
    private static final class JsonTexts implements SessionCodec {
        @Override
        public int format() {
            return EncodedValue.JSON;
        }

        @Override
        public byte[] encode(Object value) {
            return ("\"" + value + "\"").getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Object decode(byte[] bytes, Type type) {
            return new String(bytes, 1, bytes.length - 2, StandardCharsets.UTF_8);
        }
    }
}
