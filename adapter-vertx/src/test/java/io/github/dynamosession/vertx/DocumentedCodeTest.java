// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.settings.SessionSettings;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("docs/vertx.md")
class DocumentedCodeTest {
    private static final Pattern CODE = Pattern.compile("```java\n(static .*?)```", Pattern.DOTALL);

    @Test
    @DisplayName("shows an application that counts visits")
    void runs() throws IOException, InterruptedException {
        Path sources = Path.of("src/test/java", getClass().getPackageName().replace('.', '/'));
        String source = Files.readString(sources.resolve("VisitCounter.java")).replaceAll("(?m)^ {4}", "");
        Matcher shown = CODE.matcher(Files.readString(Path.of("../docs/vertx.md")));
        assertThat(shown.find()).isTrue();
        assertThat(source).contains(shown.group(1).strip());

        SessionSettings settings = SessionSettings.builder()
                .set("store", "memory")
                .set("codec", "json")
                .set("exclude-paths", "/static/*")
                .build();
        Vertx vertx = Vertx.vertx();
        try {
            int port = Site.await(VisitCounter.start(vertx, settings, 0)
                            .toCompletionStage()
                            .toCompletableFuture())
                    .actualPort();
            HttpClient client = HttpClient.newHttpClient();
            URI page = URI.create("http://127.0.0.1:" + port + "/");
            HttpResponse<String> first =
                    client.send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(first.body()).isEqualTo("visit 1");
            HttpRequest again = HttpRequest.newBuilder(page)
                    .header("Cookie", String.valueOf(Site.cookie(first)))
                    .build();
            assertThat(client.send(again, HttpResponse.BodyHandlers.ofString()).body())
                    .isEqualTo("visit 2");
        } finally {
            Site.await(vertx.close().toCompletionStage().toCompletableFuture());
        }
    }
}
