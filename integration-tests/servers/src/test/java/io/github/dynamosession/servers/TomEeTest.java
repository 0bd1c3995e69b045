// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("On TomEE:")
class TomEeTest extends ServerContract {
    @Override
    ApplicationServer server(Path folder) {
        return new TomEe(folder);
    }

    private static final class TomEe extends Catalina {
        TomEe(Path folder) {
            super(folder);
        }

        @Override
        ProcessBuilder command(Path home, int httpPort, Map<String, Path> wars) throws IOException {
            Path configuration = configuration(
                    home, httpPort, wars, "<Listener className=\"org.apache.tomee.catalina.ServerListener\"/>");
            return new ProcessBuilder(
                    java(),
                    "-jar",
                    SERVERS.resolve("tomee.jar").toString(),
                    "--directory",
                    home.resolve("tomee").toString(),
                    "--port",
                    String.valueOf(httpPort),
                    "--shutdown",
                    String.valueOf(freePort()),
                    "--serverxml",
                    configuration.toString());
        }
    }
}
