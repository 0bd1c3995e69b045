// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("On GlassFish:")
class GlassFishTest extends ServerContract {
    @Override
    ApplicationServer server(Path folder) {
        return new GlassFish(folder);
    }

    private static final class GlassFish extends GlassFishLike {
        GlassFish(Path folder) {
            super(folder);
        }

        @Override
        ProcessBuilder command(Path home, int httpPort, Map<String, Path> wars) throws IOException {
            Path password = home.resolve("password");
            Files.writeString(password, "AS_ADMIN_USERPASSWORD=" + PASSWORD + "\n");
            Path modules = home.resolve("login.conf");
            Files.writeString(
                    modules, "fileRealm { com.sun.enterprise.security.auth.login.FileLoginModule required; };\n");
            List<String> command = new ArrayList<>(List.of(
                    java(),
                    "-Djava.security.auth.login.config=" + modules,
                    "-jar",
                    SERVERS.resolve("glassfish.jar").toString(),
                    "--port=" + httpPort,
                    "create-file-user --groups user --passwordfile " + password + " " + USER));
            for (Map.Entry<String, Path> war : wars.entrySet()) {
                String application = war.getKey();
                command.add("deploy --name " + application + " --contextroot " + application + " "
                        + deployable(home, application, war.getValue()));
            }
            return new ProcessBuilder(command);
        }
    }
}
