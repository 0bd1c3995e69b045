// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("On Tomcat 10.1:")
class TomcatTest extends ServerContract {
    @Override
    ApplicationServer server(Path folder) {
        return new Tomcat(folder);
    }

    /** It has no beans of its own. */
    @Override
    List<Path> libraries() {
        return List.of(ApplicationServer.SERVERS.resolve("weld-servlet.jar"));
    }

    private static final class Tomcat extends Catalina {
        Tomcat(Path folder) {
            super(folder);
        }

        @Override
        ProcessBuilder command(Path home, int httpPort, Map<String, Path> wars) throws IOException {
            Path distribution = distribution("apache-tomcat-");
            Path programs = distribution.resolve("bin");
            copy(distribution.resolve("conf"), home.resolve("conf"));
            Files.createDirectories(home.resolve("temp"));
            return new ProcessBuilder(
                    java(),
                    "-cp",
                    programs.resolve("bootstrap.jar") + File.pathSeparator + programs.resolve("tomcat-juli.jar"),
                    "-Dcatalina.home=" + distribution,
                    "-Dcatalina.base=" + home,
                    "-Djava.io.tmpdir=" + home.resolve("temp"),
                    "org.apache.catalina.startup.Bootstrap",
                    "-config",
                    configuration(home, httpPort, wars, "").toString(),
                    "start");
        }
    }
}
