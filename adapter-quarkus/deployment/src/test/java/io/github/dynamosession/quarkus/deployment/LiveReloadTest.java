// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.QuarkusDevModeTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A live reload of development mode")
class LiveReloadTest {
    /** Development mode has no setting for a free port that a test could ask for. */
    private static final int PORT = freePort();

    @RegisterExtension
    static final QuarkusDevModeTest APPLICATION = new QuarkusDevModeTest()
            .withApplicationRoot(jar -> jar.addClass(Visits.class)
                    .addAsResource(
                            new StringAsset("quarkus.http.port=" + PORT + "\ndynamosession.table-name=sessions\n"),
                            "application.properties"));

    @Test
    @DisplayName("keeps the sessions that are in memory, again and again")
    void keepsSessions() throws Exception {
        URI visits = URI.create("http://localhost:" + PORT + "/visits");
        HttpClient browser = Visits.browser();
        assertThat(Visits.get(browser, visits).body()).isEqualTo("visit 1");
        APPLICATION.modifySourceFile(Visits.class, source -> source.replace("\"visit \"", "\"call \""));
        assertThat(Visits.get(browser, visits).body()).isEqualTo("call 2");
        APPLICATION.modifySourceFile(Visits.class, source -> source.replace("\"call \"", "\"number \""));
        assertThat(Visits.get(browser, visits).body()).isEqualTo("number 3");
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
