// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("On Payara Micro:")
class PayaraMicroTest extends ServerContract {
    @Override
    ApplicationServer server(Path folder) {
        return new PayaraMicro(folder);
    }

    private static final class PayaraMicro extends GlassFishLike {
        PayaraMicro(Path folder) {
            super(folder);
        }

        @Override
        ProcessBuilder command(Path home, int httpPort, Map<String, Path> wars) throws IOException {
            Path password = home.resolve("password");
            Files.writeString(password, "AS_ADMIN_USERPASSWORD=" + PASSWORD + "\n");
            Path commands = home.resolve("commands");
            Files.writeString(
                    commands, "create-file-user --groups user --passwordfile " + password + " " + USER + "\n");
            List<String> command = new ArrayList<>(List.of(
                    java(),
                    "-jar",
                    SERVERS.resolve("payara-micro.jar").toString(),
                    "--nocluster",
                    "--port",
                    String.valueOf(httpPort),
                    // A new one at each start: of what it finds there it takes applications out and in again.
                    "--rootdir",
                    home.resolve("root" + httpPort).toString(),
                    "--postbootcommandfile",
                    commands.toString()));
            for (Map.Entry<String, Path> war : wars.entrySet()) {
                command.add("--deploy");
                command.add(deployable(home, war.getKey(), war.getValue()).toString());
            }
            return new ProcessBuilder(command);
        }
    }
}
