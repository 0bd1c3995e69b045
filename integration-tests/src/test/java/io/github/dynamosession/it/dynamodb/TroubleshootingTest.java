// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static io.github.dynamosession.it.dynamodb.Stores.DIRECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.it.servlet.Mistakes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;

/** Each mistake is made by an application in a process of its own, and the page has what that prints. */
@DisplayName("docs/troubleshooting.md")
class TroubleshootingTest {
    private static final Path PAGE = Path.of("..", "docs", "troubleshooting.md");
    private static final Path FRESH = Path.of("target", "fresh", "troubleshooting.md");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| ([^|`]+) \\| ([^|]*) \\| ([^|]+) \\|$");
    private static final String OTHERS = "\n## Other messages";
    private static final String MISSPELT_VARIABLE = "a misspelt variable of the environment";
    private static final String WARNING = "(?m)^WARN The environment variable .*$";
    private static final String DENIED = "{\"__type\":\"com.amazon.coral.service#AccessDeniedException\"}";
    private static final String UNKNOWN_KEY = "{\"__type\":\"com.amazon.coral.service#UnrecognizedClientException\"}";

    @TempDir
    private Path home;

    /** What is wrong, and the settings that make it so, as context parameters without their prefix. */
    private static Map<String, List<String>> mistakes(String server, String denied, String refused, String dead) {
        Map<String, List<String>> mistakes = new LinkedHashMap<>();
        mistakes.put("no setting at all", List.of());
        mistakes.put("settings, and no table is named", List.of("region=eu-central-1"));
        mistakes.put("the key table-name is misspelt", List.of("tabel-name=sessions"));
        mistakes.put("another key is misspelt", with(server, "idel-timeout=10m"));
        mistakes.put("values that are none, here two at once", with(server, "idle-timeout=soon", "concurrency=all"));
        mistakes.put("an unknown codec", with(server, "codec=yaml"));
        mistakes.put("a codec that is not on the class path", with(server, "codec=msgpack"));
        mistakes.put("a cookie that browsers refuse", with(server, "cookie.same-site=none"));
        mistakes.put("a profile without its file", with(server, "profile=staging"));
        mistakes.put("memory, and nobody develops", List.of("store=memory"));
        mistakes.put("wrong or expired credentials", with(refused));
        mistakes.put("a missing permission", with(denied));
        mistakes.put("nobody listens at the endpoint", with(dead));
        mistakes.put("the table is missing", with(server));
        mistakes.put("the table is missing, and check-at-start=fail", with(server, "check-at-start=fail"));
        mistakes.put("the table has another key", with(server, "table-name=carts"));
        return mistakes;
    }

    private static List<String> with(String endpoint, String... settings) {
        List<String> all = new ArrayList<>(List.of("region=eu-central-1", "endpoint=" + endpoint));
        if (Arrays.stream(settings).noneMatch(setting -> setting.startsWith("table-name="))) {
            all.add("table-name=no-sessions");
        }
        all.addAll(List.of(settings));
        return all;
    }

    @Test
    @DisplayName("has what each mistake prints: if not, copy target/fresh/troubleshooting.md over it")
    void quotes() throws Exception {
        DIRECT.createTable(request -> request.tableName("carts")
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(key -> key.attributeName("cart").attributeType("S"))
                .keySchema(key -> key.attributeName("cart").keyType("HASH")));
        String dead;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            dead = "http://127.0.0.1:" + closed.getLocalPort();
        }
        Map<String, String> printed = new LinkedHashMap<>();
        try (FaultyProxy denied = new FaultyProxy(Stores.endpoint());
                FaultyProxy refused = new FaultyProxy(Stores.endpoint())) {
            denied.answer("GetItem", Integer.MAX_VALUE, 400, DENIED);
            refused.answer("GetItem", Integer.MAX_VALUE, 400, UNKNOWN_KEY);
            Map<String, List<String>> mistakes = mistakes(
                    Stores.endpoint().toString(),
                    denied.endpoint().toString(),
                    refused.endpoint().toString(),
                    dead);
            printed.putAll(run(
                    mistakes,
                    Map.of("AWS_ACCESS_KEY_ID", "local", "AWS_SECRET_ACCESS_KEY", "local"),
                    ".*codec-(msgpack|java)\\b.*"));
            Map<String, List<String>> others = new LinkedHashMap<>();
            others.put(MISSPELT_VARIABLE, List.of());
            others.put("two codecs on the class path", List.of("store=memory"));
            others.put("no region", List.of("table-name=sessions", "codec=json"));
            others.put("no credentials", with(Stores.endpoint().toString(), "codec=json"));
            printed.putAll(run(others, Map.of("DYNAMOSESSION_TABEL_NAME", "sessions"), "nothing"));
        } finally {
            DIRECT.deleteTable(request -> request.tableName("carts"));
        }

        String page = Files.readString(PAGE);
        List<String> rows = new ArrayList<>();
        Matcher row = ROW.matcher(page.substring(0, page.indexOf(OTHERS)));
        String fresh = row.replaceAll(found -> {
            if (!found.group(1).equals("mistake")) {
                rows.add(found.group(1));
            }
            String text = printed.getOrDefault(found.group(1), found.group(2));
            return Matcher.quoteReplacement("| " + found.group(1) + " | " + text + " | " + found.group(3) + " |");
        });
        Files.createDirectories(FRESH.getParent());
        Files.writeString(FRESH, fresh + page.substring(page.indexOf(OTHERS)));
        assertThat(rows).containsExactlyInAnyOrderElementsOf(printed.keySet());
        assertThat(page).isEqualTo(Files.readString(FRESH));
    }

    /** What each prints, as the page has it. */
    private Map<String, String> run(Map<String, List<String>> mistakes, Map<String, String> environment, String leftOut)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Duser.home=" + home,
                "-Dorg.slf4j.simpleLogger.showThreadName=false",
                "-Dorg.slf4j.simpleLogger.showLogName=false",
                "-Dorg.slf4j.simpleLogger.levelInBrackets=false",
                "-Dorg.slf4j.simpleLogger.log.io.github.dynamosession=info",
                "-Dorg.slf4j.simpleLogger.log.io.github.dynamosession.servlet=info",
                "-cp",
                Arrays.stream(System.getProperty("java.class.path").split(System.getProperty("path.separator")))
                        .filter(entry -> !entry.matches(leftOut))
                        .collect(Collectors.joining(System.getProperty("path.separator"))),
                Mistakes.class.getName()));
        mistakes.forEach((mistake, settings) -> {
            settings.forEach(setting -> command.add("dynamosession." + setting));
            command.add("--");
        });
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("AWS_") || name.startsWith("DYNAMOSESSION_"));
        builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        String[] starts = output.split("(?m)^--$");
        assertThat(starts).as(output).hasSize(mistakes.size() + 1);
        Map<String, String> printed = new LinkedHashMap<>();
        for (String mistake : mistakes.keySet()) {
            String start = starts[printed.size()];
            printed.put(mistake, cell(mistake.equals(MISSPELT_VARIABLE) ? start : start.replaceAll(WARNING, "")));
        }
        return printed;
    }

    /** What is said beside the one line that every start has. */
    private static String cell(String lines) {
        return lines.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("INFO Sessions are kept in"))
                .map(line -> "`"
                        + line.strip()
                                .replaceAll("http://(127\\.0\\.0\\.1|localhost):\\d{4,}", "http://localhost:8000")
                                .replace("table no-sessions", "table sessions")
                        + "`")
                .collect(Collectors.joining("<br>"));
    }
}
