// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@DisplayName("The plain GET requests")
class MeasuringTest {
    private static RunningDemo demo;
    private Visitor visitor;

    @BeforeAll
    static void startDemo() {
        demo = RunningDemo.start("--port", "0", "--compress-above", "off").awaitReady();
    }

    @AfterAll
    static void stopDemo() {
        demo.close();
    }

    @BeforeEach
    void start() {
        visitor = new Visitor(demo.base());
    }

    @Test
    @DisplayName("cost less in the demo as it comes, which compresses a large session")
    void compressed() {
        Visitor other = new Visitor(RunningDemo.shared().base());
        other.get("/login?user=Ada&kb=20");
        assertThat(other.get("/read").cost()).isEqualTo("1 calls, 1 R, 0 W");
    }

    @Test
    @DisplayName("answer text with status 200, also to a visitor without a session")
    void answers() {
        for (String path : List.of("/none", "/read", "/read?k=x", "/who", "/logout", "/change", "/login?user=Ada")) {
            Visitor.Answer answer = new Visitor(demo.node("A")).get(path);
            assertThat(answer.status()).as(path).isEqualTo(200);
            assertThat(answer.header("Content-Type")).as(path).isEqualToIgnoringCase("text/plain;charset=utf-8");
            assertThat(answer.node()).isEqualTo("A");
        }
    }

    @Test
    @DisplayName("read, change, log in and log out as documented, on whichever node")
    void conversation() {
        assertThat(visitor.get("/who").text()).isEqualTo("nobody");
        assertThat(visitor.get("/read?k=counter").text()).isEmpty();
        assertThat(visitor.get("/read").text()).isEmpty();
        assertThat(visitor.get("/change").text()).isEqualTo("1");
        assertThat(visitor.get("/change").text()).isEqualTo("2");
        assertThat(visitor.get("/read?k=counter").text()).isEqualTo("2");
        assertThat(visitor.get("/change?k=colour&v=gr%C3%BCn").text()).isEqualTo("grün");
        assertThat(visitor.get("/read?k=colour").text()).isEqualTo("grün");
        assertThat(visitor.get("/read").text()).isIn("2", "grün");
        assertThat(visitor.get("/login?user=Ada&kb=2").text()).isEqualTo("Ada");
        assertThat(visitor.get("/who").text()).isEqualTo("Ada");
        assertThat(visitor.get("/read?k=counter").text()).isEqualTo("2");
        assertThat(visitor.get("/logout").text()).isEqualTo("bye");
        assertThat(visitor.get("/who").text()).isEqualTo("nobody");
    }

    @Test
    @DisplayName("are spread over both nodes by the front door")
    void bothNodes() {
        assertThat(Stream.generate(() -> visitor.get("/none").node()).limit(4)).contains("A", "B");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "/none?delay=x",
                "/none?delay=-1",
                "/read?delay=60001",
                "/login",
                "/login?user=",
                "/login?user=Ada&kb=0",
                "/login?user=Ada&kb=400",
                "/login?user=Ada&kb=1.5"
            })
    @DisplayName("answer 400 and say why to")
    void refused(String path) {
        Visitor.Answer answer = visitor.get(path);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).matches("(delay|user|kb) wants .*");
        assertThat(answer.header("Set-Cookie")).isEmpty();
    }

    @ParameterizedTest(name = "a session of {0} KB")
    @CsvSource({"1, 1, 1", "5, 2, 5", "20, 5, 20"})
    @DisplayName("cost what docs/cost.md says with")
    void cost(int kb, int readUnits, int writeUnits) {
        String read = readUnits + " R, ";
        String write = writeUnits + " W";
        String kilobytes = "&kb=" + kb;
        assertThat(visitor.get("/none").cost()).as("none, no session").isEqualTo("0 calls, 0 R, 0 W");
        assertThat(visitor.get("/read").cost()).as("read, no session").isEqualTo("0 calls, 0 R, 0 W");
        assertThat(visitor.get("/login?user=Ada" + kilobytes).cost())
                .as("login, no session")
                .isEqualTo("1 calls, 0 R, " + write);
        assertThat(visitor.get("/none").cost()).as("none").isEqualTo("0 calls, 0 R, 0 W");
        assertThat(visitor.get("/read").cost()).as("read").isEqualTo("1 calls, " + read + "0 W");
        assertThat(visitor.get("/read?k=cart").cost()).as("read k").isEqualTo("1 calls, " + read + "0 W");
        assertThat(visitor.get("/who").cost()).as("who").isEqualTo("1 calls, " + read + "0 W");
        assertThat(visitor.get("/change").cost()).as("change").isEqualTo("2 calls, " + read + write);
        assertThat(visitor.get("/change?k=a&v=b").cost()).as("change k v").isEqualTo("2 calls, " + read + write);
        // Two puts: the new row, and the redirect that takes the old one's place, for which the larger of the two
        // counts.
        assertThat(visitor.get("/login?user=Ada" + kilobytes).cost())
                .as("login")
                .isEqualTo("3 calls, " + read + 2 * writeUnits + " W");
        assertThat(visitor.get("/logout").cost()).as("logout").isEqualTo("2 calls, " + read + write);
        assertThat(visitor.get("/who").cost()).as("who, nobody").matches("[01] calls, [01] R, 0 W");
    }

    @Test
    @DisplayName("log in with a stored session just under the size asked for, with room for a counter")
    void size() {
        try (DynamoDbClient client = DynamoDbClient.builder()
                .endpointOverride(URI.create("http://localhost:" + demo.databasePort()))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("demo", "demo")))
                .build()) {
            for (int kb : new int[] {1, 2, 20, 100}) {
                String user = "size-" + kb + "-" + System.nanoTime();
                visitor.get("/login?kb=" + kb + "&user=" + user);
                Map<String, AttributeValue> item =
                        client.scanPaginator(scan -> scan.tableName("dynamosession-demo")).items().stream()
                                .filter(row -> row.toString().contains(user))
                                .findFirst()
                                .orElseThrow();
                assertThat(size(AttributeValue.fromM(item)) - 3 - item.size())
                        .as("%s KB", kb)
                        .isBetween(kb * 1024L - 160, kb * 1024L - 40);
            }
        }
    }

    /** As DynamoDB counts, near enough: a number takes about half its digits. */
    private static long size(AttributeValue value) {
        return switch (value.type()) {
            case S -> utf8(value.s());
            case N -> value.n().length() / 2 + 2;
            case B -> value.b().asByteArrayUnsafe().length;
            case M ->
                value.m().entrySet().stream()
                                .mapToLong(entry -> utf8(entry.getKey()) + size(entry.getValue()) + 1)
                                .sum()
                        + 3;
            default -> throw new AssertionError(value.type());
        };
    }

    private static long utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Test
    @DisplayName("lose no default change of requests that overlap")
    void exact() {
        visitor.get("/login?user=Ada");
        List<String> answers = IntStream.range(0, 10)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> visitor.at(demo.base()).get("/change?delay=200").text()))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
        assertThat(visitor.get("/read?k=counter").text()).isEqualTo("10");
        assertThat(answers).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("wait as long as they are told")
    void delay() {
        long begin = System.nanoTime();
        visitor.get("/none?delay=300");
        assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(300_000_000L);
    }

    @Test
    @DisplayName("change the id at login, so that an id that was known before is worth nothing")
    void idChange() {
        visitor.get("/change");
        Visitor thief = visitor.at(demo.node("A"));
        visitor.get("/login?user=Ada");
        assertThat(visitor.cookie()).isNotEqualTo(thief.cookie());
        assertThat(thief.get("/who").text()).isEqualTo("nobody");
        assertThat(visitor.get("/who").text()).isEqualTo("Ada");
    }

    @Test
    @DisplayName("set a cookie that scripts and other sites do not get")
    void cookieFlags() {
        String cookie = visitor.get("/login?user=Ada").header("Set-Cookie");
        assertThat(cookie).contains("HttpOnly").contains("SameSite=Lax").contains("Path=/");
        assertThat(cookie).doesNotContainIgnoringCase("Domain=");
    }
}
