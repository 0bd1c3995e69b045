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

@DisplayName("On Open Liberty:")
class OpenLibertyTest extends ServerContract {
    @Override
    ApplicationServer server(Path folder) {
        return new OpenLiberty(folder);
    }

    /** It keeps a login in a cookie of its own until {@code request.logout()}. */
    @Override
    boolean invalidateLogsOut() {
        return false;
    }

    private static final class OpenLiberty extends ApplicationServer {
        OpenLiberty(Path folder) {
            super(folder);
        }

        private static Path application(Path home, String name) {
            return home.resolve("servers/app/apps").resolve(name + ".war");
        }

        @Override
        ProcessBuilder command(Path home, int httpPort, Map<String, Path> wars) throws IOException {
            StringBuilder applications = new StringBuilder();
            Files.createDirectories(application(home, PLAIN).getParent());
            for (Map.Entry<String, Path> war : wars.entrySet()) {
                Files.copy(war.getValue(), application(home, war.getKey()), StandardCopyOption.REPLACE_EXISTING);
                applications
                        .append("<webApplication location=\"")
                        .append(war.getKey())
                        .append(".war\" contextRoot=\"/")
                        .append(war.getKey())
                        .append("\"><application-bnd><security-role name=\"user\"><user name=\"")
                        .append(USER)
                        .append("\"/></security-role></application-bnd></webApplication>");
            }
            Files.writeString(
                    home.resolve("servers/app/server.xml"),
                    "<server><featureManager><feature>servlet-6.0</feature><feature>cdi-4.0</feature>"
                            + "<feature>appSecurity-5.0</feature></featureManager>"
                            + "<httpEndpoint id=\"defaultHttpEndpoint\" httpPort=\"" + httpPort
                            + "\" httpsPort=\"-1\"/>"
                            + "<basicRegistry><user name=\"" + USER + "\" password=\"" + PASSWORD
                            + "\"/></basicRegistry>" + applications + "</server>");
            ProcessBuilder builder =
                    new ProcessBuilder(SERVERS.resolve("wlp/bin/server").toString(), "run", "app");
            builder.environment().put("WLP_USER_DIR", home.toString());
            return builder;
        }

        @Override
        String log() throws IOException {
            return super.log() + Files.readString(home().resolve("servers/app/logs/messages.log"));
        }

        @Override
        void redeploy(Path home, String application, Path war) throws IOException {
            Files.delete(application(home, application));
            Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> !isReady(application));
            Files.copy(war, application(home, application));
        }
    }
}
