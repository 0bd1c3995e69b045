// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;

@DisplayName("On TomEE:")
class TomEeTest extends ServerContract {
    @Override
    ApplicationServer server(Path folder) {
        return new TomEe(folder);
    }

    private static final class TomEe extends ApplicationServer {
        TomEe(Path folder) {
            super(folder);
        }

        private static Path application(Path home, String name) {
            return home.resolve("applications").resolve(name + ".war");
        }

        @Override
        ProcessBuilder command(Path home, int httpPort, Map<String, Path> wars) throws IOException {
            Files.createDirectories(application(home, PLAIN).getParent());
            for (Map.Entry<String, Path> war : wars.entrySet()) {
                Files.copy(war.getValue(), application(home, war.getKey()), StandardCopyOption.REPLACE_EXISTING);
            }
            Path users = home.resolve("users.xml");
            Files.writeString(
                    users,
                    "<tomcat-users><user username=\"" + USER + "\" password=\"" + PASSWORD
                            + "\" roles=\"user\"/></tomcat-users>");
            Path configuration = home.resolve("server.xml");
            Files.writeString(
                    configuration,
                    "<Server port=\"-1\"><Listener className=\"org.apache.tomee.catalina.ServerListener\"/>"
                            + "<Service name=\"Tomcat\"><Connector port=\"" + httpPort + "\"/>"
                            + "<Engine name=\"Catalina\" defaultHost=\"localhost\">"
                            + "<Realm className=\"org.apache.catalina.realm.MemoryRealm\" pathname=\"" + users
                            + "\"/><Host name=\"localhost\" appBase=\""
                            + application(home, PLAIN).getParent()
                            + "\" autoDeploy=\"true\" backgroundProcessorDelay=\"1\"/></Engine></Service></Server>");
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

        @Override
        void redeploy(Path home, String application, Path war) throws IOException {
            Files.delete(application(home, application));
            Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> !isReady(application));
            Files.copy(war, application(home, application));
        }
    }
}
