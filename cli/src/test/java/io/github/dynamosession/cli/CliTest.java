// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.KeyRing;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.testkit.EmbeddedDynamoDb;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;

@EmbeddedDynamoDb
@DisplayName("The command line on DynamoDB Local")
class CliTest {
    private final String table = "cli-" + UUID.randomUUID();
    private final String endpoint;
    private final DynamoDbClient dynamoDb;

    @TempDir
    private Path folder;

    CliTest(EmbeddedDynamoDbServer server, DynamoDbClient dynamoDb) {
        this.endpoint = server.endpoint().toString();
        this.dynamoDb = dynamoDb;
    }

    record Ended(int code, String out, String err) {}

    /** In this process, which is faster. */
    static Ended run(String input, String... arguments) {
        InputStream in = System.in;
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            int code = Main.commandLine()
                    .setOut(new PrintWriter(out))
                    .setErr(new PrintWriter(err))
                    .execute(arguments);
            return new Ended(code, out.toString(), err.toString());
        } finally {
            System.setIn(in);
        }
    }

    /** As an operator does. */
    private Ended process(String input, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.github.dynamosession.cli.Main"));
        command.addAll(Arrays.asList(arguments));
        try {
            Path out = Files.createTempFile(folder, "out", "");
            Path err = Files.createTempFile(folder, "err", "");
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment()
                    .keySet()
                    .removeIf(name -> name.startsWith("AWS_") || name.startsWith("DYNAMOSESSION_"));
            builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
            Process process = builder.start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            }
            int code = process.waitFor();
            return new Ended(code, Files.readString(out), Files.readString(err));
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Ended onTable(String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(List.of("--table", table, "--endpoint", endpoint));
        return run("", all.toArray(String[]::new));
    }

    private DynamoDbSessionStore store() {
        return DynamoDbSessionStore.builder().client(dynamoDb).tableName(table).build();
    }

    private SessionKey stored(String key, Duration age) {
        Instant created = Instant.now().minus(age);
        StoredSession session = StoredSession.builder()
                .uid(Token.random())
                .createdAt(created)
                .accessedAt(created)
                .idleTimeout(Duration.ofDays(365))
                .expiresAt(created.plus(Duration.ofDays(365)))
                .attributes(
                        Map.of("user", EncodedValue.of(EncodedValue.JSON, "\"anna\"".getBytes(StandardCharsets.UTF_8))))
                .build();
        SessionKey stored = SessionKey.of(key);
        store().create(stored, session).toCompletableFuture().join();
        return stored;
    }

    private boolean exists(SessionKey key) {
        return store().find(key).toCompletableFuture().join() instanceof FindOutcome.Found;
    }

    @BeforeEach
    void create() {
        Ended created = onTable("table", "create");
        assertThat(created).isEqualTo(new Ended(0, "The table " + table + " can be used.\n", ""));
    }

    @Test
    @DisplayName("table: made, verified with its differences and what mends them, deleted")
    void tables() {
        assertThat(onTable("table", "create").code()).as("again").isZero();
        assertThat(onTable("table", "verify").out()).isEqualTo("The table " + table + " is as it should be.\n");
        Ended differs = onTable("table", "verify", "--read-units", "5", "--write-units", "7");
        assertThat(differs.code()).isEqualTo(3);
        assertThat(differs.out())
                .contains("the capacity is on demand, not provisioned")
                .contains("aws dynamodb update-table --table-name " + table + " --billing-mode PROVISIONED");
        assertThat(onTable("table", "verify", "--billing", "provisioned").code())
                .isEqualTo(2);
        assertThat(onTable("table", "delete", "--yes", "another").code()).isEqualTo(1);
        assertThat(run(table + "\n", "table", "delete", "-t", table, "--endpoint", endpoint)
                        .out())
                .isEqualTo("The table " + table + " is deleted.\n");
        Ended missing = onTable("table", "verify", "--output", "json");
        assertThat(missing.code()).isEqualTo(3);
        assertThat(missing.out())
                .startsWith("{\"table\":\"" + table + "\",\"differences\":[{")
                .contains("does not exist");
        assertThat(onTable("table", "delete", "--yes", table).out()).contains("There is no table");
    }

    @Test
    @DisplayName("table create: with provisioned capacity, as --print says it for the AWS CLI")
    void provisioned() {
        String other = table + "-2";
        String[] options = {
            "table", "create", "-t", other, "--endpoint", endpoint, "--read-units", "5", "--write-units", "7"
        };
        assertThat(run("", options).code()).isZero();
        assertThat(dynamoDb.describeTable(request -> request.tableName(other))
                        .table()
                        .provisionedThroughput()
                        .writeCapacityUnits())
                .isEqualTo(7);
        assertThat(dynamoDb.describeTable(request -> request.tableName(other))
                        .table()
                        .billingModeSummary())
                .satisfiesAnyOf(
                        summary -> assertThat(summary).isNull(),
                        summary -> assertThat(summary.billingMode()).isEqualTo(BillingMode.PROVISIONED));
        List<String> print = new ArrayList<>(Arrays.asList(options));
        print.add("--print");
        assertThat(run("", print.toArray(String[]::new)).out())
                .contains("--provisioned-throughput ReadCapacityUnits=5,WriteCapacityUnits=7")
                .contains("update-time-to-live");
    }

    @Test
    @DisplayName("doctor: all well; with --write, too; without a table; where nobody listens")
    void doctor() {
        Ended well = onTable("doctor");
        assertThat(well.code()).as(well.out() + well.err()).isZero();
        assertThat(well.out()).contains("ok      credentials", "ok      reading", "ok      table", "ok      clock");
        Ended writes = onTable("doctor", "--write");
        assertThat(writes.code()).as(writes.out() + writes.err()).isZero();
        assertThat(writes.out()).contains("PutItem works", "UpdateItem works", "GetItem works", "DeleteItem works");
        assertThat(dynamoDb.scan(request -> request.tableName(table)).count())
                .as("rows left")
                .isZero();

        Ended missing = run("", "doctor", "-t", "nowhere", "--endpoint", endpoint);
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.out()).contains("FAILED  reading", "does not exist", "-> aws dynamodb create-table");
        Ended nobody = run("", "doctor", "-t", table, "--endpoint", "http://localhost:1", "--region", "eu-central-1");
        assertThat(nobody.code()).isEqualTo(1);
        assertThat(nobody.out()).contains("nobody answers at the endpoint http://localhost:1");
        Ended misspelt =
                run("", "doctor", "-t", table, "--config", file("tabel-name=x").toString());
        assertThat(misspelt.code()).isEqualTo(1);
        assertThat(misspelt.err()).contains("dynamosession.tabel-name", "did you mean dynamosession.table-name");
        assertThat(run("", "doctor").code()).as("no table").isEqualTo(2);
    }

    private Path file(String content) {
        try {
            return Files.writeString(Files.createTempFile(folder, "settings", ".properties"), content);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @DisplayName("session: shown without values unless asked, found by the cookie's value from standard input, ended")
    void session() {
        SessionManager sessions = SessionManager.builder(store())
                .codec(new Texts())
                .namespace("shop")
                .build();
        Session session = sessions.newSession();
        session.set("user", "anna");
        sessions.save(session);

        String[] show = {"session", "show", "--cookie", "-t", table, "--endpoint", endpoint, "--namespace", "shop"};
        Ended shown = run(session.cookieValue() + "\n", show);
        assertThat(shown.code()).as(shown.err()).isZero();
        assertThat(shown.out())
                .contains("idle timeout", "PT30M", "user", "bytes")
                .doesNotContain("anna");
        SessionKey key = stored("some-key", Duration.ofMinutes(1));
        assertThat(onTable("session", "show", "some-key", "--values").out()).contains("\"anna\"");
        assertThat(onTable("session", "show", "some-key", "--output", "json").out())
                .contains("\"attributes\":{\"user\":\"6 bytes, JSON\"}");
        assertThat(onTable("session", "end", "some-key").out()).isEqualTo("The session has ended.\n");
        assertThat(exists(key)).isFalse();
        assertThat(onTable("session", "show", "some-key").code()).isEqualTo(1);
        assertThat(onTable("session", "show").code()).isEqualTo(2);

        show[1] = "end";
        assertThat(run(session.cookieValue() + "\n", show).code()).isZero();
        assertThat(sessions.open(session.cookieValue())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-", "-t", "-h", "-V", "--"})
    @DisplayName("session: also one whose key looks like an option")
    void keyLikeAnOption(String begin) {
        String like = begin + "x".repeat(43 - begin.length());
        SessionKey key = stored(like, Duration.ofMinutes(1));

        assertThat(onTable("session", "show", like).out()).contains("idle timeout");
        assertThat(onTable("session", "end", like).out()).isEqualTo("The session has ended.\n");
        assertThat(exists(key)).isFalse();
    }

    @Test
    @DisplayName("sweep: not without a condition; only counts in a dry run; by age and by last use")
    void sweep() {
        SessionKey old = stored("old", Duration.ofDays(40));
        SessionKey young = stored("young", Duration.ofMinutes(1));
        SessionKey others = stored("other-app:old", Duration.ofDays(40));

        assertThat(onTable("sweep").code()).isEqualTo(2);
        assertThat(onTable("sweep", "--max-age", "30d", "--dry-run").out())
                .contains("3 rows seen, 1 sessions match, 0 deleted");
        assertThat(exists(old)).isTrue();
        assertThat(onTable("sweep", "--max-stale", "50d").out()).contains("0 sessions match");
        assertThat(onTable("sweep", "--max-stale", "30d", "--rate", "100").out())
                .contains("1 deleted");
        assertThat(exists(old)).isFalse();
        assertThat(exists(young)).isTrue();
        assertThat(exists(others)).as("another namespace").isTrue();
        assertThat(onTable("sweep", "--max-age", "soon").code()).isEqualTo(2);
    }

    @Test
    @DisplayName(
            "user: whose sessions the index shows, with the application's keys; ended everywhere, and nobody else's")
    void user() {
        byte[] key = new byte[32];
        String settings = "table-name=" + table + "\nendpoint=" + endpoint + "\nnamespace=shop\nindexes=principal,"
                + "customer:number\nencryption-keys=k1:" + Base64.getEncoder().encodeToString(key) + "\n";
        String config = file(settings).toString();
        assertThat(run("", "table", "delete", "--yes", table, "--config", config)
                        .code())
                .isZero();
        assertThat(run("", "table", "create", "--config", config).code()).isZero();
        assertThat(run("", "doctor", "--config", config).out()).contains("its key, TTL and indexes are");
        SessionManager sessions = SessionManager.builder(DynamoDbSessionStore.builder()
                        .client(dynamoDb)
                        .tableName(table)
                        .index("principal", IndexType.TEXT)
                        .index("customer", IndexType.NUMBER)
                        .build())
                .codec(new Texts())
                .namespace("shop")
                .encryption(KeyRing.of(List.of(EncryptionKey.of("k1", key))))
                .principal(session -> session.get("user", String.class).orElse(null))
                .build();
        List<String> cookies = new ArrayList<>();
        for (String name : List.of("anna", "anna", "berta")) {
            Session session = sessions.newSession();
            session.set("user", name);
            sessions.save(session);
            cookies.add(session.cookieValue());
        }
        Ended shown = run("", "user", "sessions", "anna", "--config", config);
        assertThat(shown.code()).as(shown.err()).isZero();
        assertThat(shown.out().lines().filter(line -> line.startsWith("key         shop:")))
                .hasSize(2);
        assertThat(shown.out()).doesNotContain("anna").contains("accessed", "expires");
        assertThat(run("", "user", "sessions", "anna", "--config", config, "--output", "json")
                        .out())
                .startsWith("{\"sessions\":[{\"key\":\"shop:");
        assertThat(run("", "user", "sessions", "anna", "-t", table, "--endpoint", endpoint, "--namespace", "shop")
                        .out())
                .as("without the keys")
                .startsWith("There is no session of that user");
        assertThat(run("", "user", "sessions", "4", "--by", "shoe", "--config", config)
                        .err())
                .contains("no index of shoe");
        assertThat(run("", "user", "sessions", "7", "--by", "customer", "--config", config)
                        .err())
                .as("an index of numbers beside encryption")
                .contains("cannot hold the hash");
        String plain =
                file(settings.substring(0, settings.indexOf("encryption-keys"))).toString();
        assertThat(run("", "user", "sessions", "x", "--by", "customer", "--config", plain)
                        .code())
                .isEqualTo(2);
        assertThat(run("", "user", "sessions", "7", "--by", "customer", "--config", plain)
                        .code())
                .isZero();
        assertThat(run("", "user", "end", "anna", "--config", config))
                .isEqualTo(new Ended(0, "2 sessions have ended.\n", ""));
        assertThat(cookies).map(cookie -> sessions.open(cookie).isPresent()).containsExactly(false, false, true);
        String other = file("table-name=cli-none\nendpoint=" + endpoint).toString();
        assertThat(run("", "user", "end", "anna", "--config", other)).satisfies(ended -> {
            assertThat(ended.code()).isEqualTo(1);
            assertThat(ended.err()).contains("does not exist");
        });
    }

    @Test
    @DisplayName(
            "large values: shown as such; sweep and end delete them if they are to go at once, sweep also what TTL leaves")
    void largeValues() {
        SessionManager sessions = SessionManager.builder(store())
                .codec(new Texts())
                .compressAbove(null)
                .idleTimeout(Duration.ofMillis(1))
                .build();
        SessionManager endless = SessionManager.builder(store())
                .codec(new Texts())
                .compressAbove(null)
                .idleTimeout(null)
                .build();
        String key = SessionKey.ofId("", large(endless)).value();
        assertThat(onTable("session", "show", key).out()).contains("photo", "500001 bytes, outside of the row");
        String config = file("delete-parts=true").toString();
        assertThat(parts()).isEqualTo(2);
        assertThat(onTable("session", "end", key, "--config", config).code()).isZero();
        assertThat(parts()).isZero();

        large(sessions);
        large(endless);
        assertThat(parts()).isEqualTo(4);
        ageAll();
        Ended swept = onTable("sweep", "--max-stale", "1h");
        assertThat(swept.out()).contains("2 deleted with 2 rows of large values");
        assertThat(parts()).as("of the one with an end: left to TTL").isEqualTo(2);
        large(sessions);
        ageAll();
        assertThat(onTable("sweep", "--max-stale", "1h", "--config", config, "--output", "json")
                        .out())
                .contains("\"deleted\":1,\"parts\":2");
    }

    private static String large(SessionManager sessions) {
        Session session = sessions.newSession();
        session.set("photo", "x".repeat(500_000));
        sessions.save(session);
        return session.cookieValue();
    }

    private long parts() {
        return dynamoDb.scanPaginator(request -> request.tableName(table)).items().stream()
                .filter(row -> "part".equals(row.get("kind").s()))
                .count();
    }

    /** As if two hours had passed for every session. */
    private void ageAll() {
        dynamoDb.scanPaginator(request -> request.tableName(table)).items().stream()
                .filter(row -> "session".equals(row.get("kind").s()))
                .forEach(row -> dynamoDb.updateItem(request -> request.tableName(table)
                        .key(Map.of("id", row.get("id")))
                        .updateExpression("SET accessed_at = accessed_at - :hours")
                        .expressionAttributeValues(Map.of(":hours", AttributeValue.fromN("7200000")))));
    }

    @Test
    @DisplayName("sweep --leftovers: what sessions leave behind, a day after its TTL, and no session")
    void leftovers() {
        // Without TTL, which would be faster.
        String plain = "cli-" + UUID.randomUUID();
        dynamoDb.createTable(request -> request.tableName(plain)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(id -> id.attributeName("id").attributeType("S"))
                .keySchema(id -> id.attributeName("id").keyType("HASH")));
        String[] sweep = {"sweep", "--leftovers", "--table", plain, "--endpoint", endpoint, "--dry-run"};
        long day = Duration.ofDays(1).toSeconds();
        long now = Instant.now().getEpochSecond();
        List<String> needed = new ArrayList<>();
        for (String kind : List.of("part", "redirect", "ended")) {
            put(plain, kind, kind, now - day - 60);
            needed.add(put(plain, kind + ".1", kind, now - day + 60));
            needed.add(put(plain, "other-app:" + kind, kind, now - day - 60));
        }
        for (String kind : List.of("session", "mark", "cart")) {
            needed.add(put(plain, kind, kind, now - 9 * day));
        }
        assertThat(run("", sweep).out()).contains("12 rows seen, 3 rows match, 0 deleted");
        assertThat(run("", Arrays.copyOf(sweep, sweep.length - 1)).out()).contains("3 rows match, 3 deleted");
        assertThat(dynamoDb.scan(request -> request.tableName(plain)).items())
                .extracting(row -> row.get("id").s())
                .containsExactlyInAnyOrderElementsOf(needed);
    }

    private String put(String into, String key, String kind, long ttl) {
        dynamoDb.putItem(request -> request.tableName(into)
                .item(Map.of(
                        "id", AttributeValue.fromS(key),
                        "kind", AttributeValue.fromS(kind),
                        "fmt", AttributeValue.fromN("1"),
                        "ttl", AttributeValue.fromN(Long.toString(ttl)))));
        return key;
    }

    @Test
    @DisplayName("keys: made in a file for its owner only, and rotated in three steps")
    void keys() throws IOException {
        Path file = folder.resolve("keys");
        Ended made = run("", "keys", "new", "--kind", "encryption", "--file", file.toString(), "--id", "k1");
        assertThat(made.code()).as(made.err()).isZero();
        assertThat(made.out()).contains("dynamosession.encryption-keys-file", "encryption=read-only");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        String[] rotate = {
            "keys", "rotate", "--kind", "encryption", "--file", file.toString(), "--id", "k2", "--step", "learn"
        };
        String[] use = rotate.clone();
        use[9] = "use";
        assertThat(run("", use).code()).as("one key").isEqualTo(2);
        assertThat(run("", rotate).code()).isZero();
        assertThat(Files.readAllLines(file)).map(line -> line.substring(0, 3)).containsExactly("k1:", "k2:");
        assertThat(run("", use).code()).isZero();
        assertThat(Files.readAllLines(file)).map(line -> line.substring(0, 3)).containsExactly("k2:", "k1:");
        use[9] = "drop";
        assertThat(run("", use).code()).isZero();
        assertThat(Files.readAllLines(file)).map(line -> line.substring(0, 3)).containsExactly("k2:");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(run("", "keys", "new", "--kind", "signing", "--file", file.toString())
                        .code())
                .isEqualTo(1);
    }

    @Test
    @DisplayName("as processes: exit codes, standard input, output and errors")
    void processes() {
        String[] place = {"-t", table, "--endpoint", endpoint};
        assertThat(process("", "doctor", place[0], place[1], place[2], place[3]))
                .satisfies(ended -> assertThat(ended.out()).contains("ok      reading"))
                .extracting(Ended::code, Ended::err)
                .containsExactly(0, "");
        assertThat(process("", "table", "verify", "-t", "nowhere", "--endpoint", endpoint)
                        .code())
                .isEqualTo(3);
        assertThat(process("not-an-id\n", "session", "show", "--cookie", place[0], place[1], place[2], place[3]))
                .satisfies(ended -> assertThat(ended.err()).contains("There is no such session"))
                .extracting(Ended::code, Ended::out)
                .containsExactly(1, "");
        assertThat(process("", "sweep", place[0], place[1], place[2], place[3]))
                .satisfies(ended -> assertThat(ended.err()).contains("Which sessions?"))
                .extracting(Ended::code)
                .isEqualTo(2);
    }

    @Test
    @DisplayName("help and a completion script")
    void help() {
        Ended help = run("", "--help");
        assertThat(help.code()).isZero();
        assertThat(help.out()).contains("table", "doctor", "session", "sweep", "keys", "3   differences found");
        assertThat(run("", "generate-completion").out()).contains("complete -F");
        assertThat(run("").code()).isEqualTo(2);
    }

    private static final class Texts implements SessionCodec {
        @Override
        public int format() {
            return EncodedValue.FIRST_CUSTOM;
        }

        @Override
        public byte[] encode(Object value) {
            return ((String) value).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Object decode(byte[] bytes, Type type) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
