// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;

/** A server that is Tomcat inside: its configuration, and a folder from which it takes what is put there. */
abstract class Catalina extends ApplicationServer {
    Catalina(Path folder) {
        super(folder);
    }

    private static Path application(Path home, String name) {
        return home.resolve("applications").resolve(name + ".war");
    }

    /**
     * Writes the configuration, and puts the applications where it says.
     *
     * @param more elements of {@code Server}
     */
    static Path configuration(Path home, int httpPort, Map<String, Path> wars, String more) throws IOException {
        Path applications = Files.createDirectories(application(home, PLAIN).getParent());
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
                "<Server port=\"-1\">" + more + "<Service name=\"Tomcat\"><Connector port=\"" + httpPort + "\"/>"
                        + "<Engine name=\"Catalina\" defaultHost=\"localhost\">"
                        + "<Realm className=\"org.apache.catalina.realm.MemoryRealm\" pathname=\"" + users
                        + "\"/><Host name=\"localhost\" appBase=\"" + applications
                        + "\" autoDeploy=\"true\" backgroundProcessorDelay=\"1\"/></Engine></Service></Server>");
        return configuration;
    }

    @Override
    void redeploy(Path home, String application, Path war) throws IOException {
        Files.delete(application(home, application));
        Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> !isReady(application));
        Files.copy(war, application(home, application));
    }
}
