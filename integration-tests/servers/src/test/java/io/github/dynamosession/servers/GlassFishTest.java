// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.opentest4j.TestAbortedException;

@DisplayName("On GlassFish:")
class GlassFishTest extends ServerContract {
    @Override
    ApplicationServer server(Path folder) {
        return new GlassFish(folder);
    }

    private static final class GlassFish extends ApplicationServer {
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
            wars.forEach((application, war) -> command.add(deploy(application, war)));
            return new ProcessBuilder(command);
        }

        private static String deploy(String application, Path war) {
            return "deploy --name " + application + " --contextroot " + application + " " + war;
        }

        @Override
        void redeploy(Path home, String application, Path war) {
            throw new TestAbortedException("GlassFish in one jar takes no commands once it has deployed");
        }
    }
}
