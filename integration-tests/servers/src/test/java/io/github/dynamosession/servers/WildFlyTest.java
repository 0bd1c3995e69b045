// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;

@DisplayName("On WildFly:")
class WildFlyTest extends ServerContract {
    @Override
    ApplicationServer server(Path folder) {
        return new WildFly(folder);
    }

    private static final class WildFly extends ApplicationServer {
        WildFly(Path folder) {
            super(folder);
        }

        private static Path deployments(Path home) {
            return home.resolve("standalone/deployments");
        }

        @Override
        ProcessBuilder command(Path home, int httpPort, Map<String, Path> wars) throws IOException {
            Path standalone = home.resolve("standalone");
            if (!Files.exists(standalone)) {
                copy(distribution("wildfly-").resolve("standalone"), standalone);
                String hash = md5(USER + ":ApplicationRealm:" + PASSWORD);
                Path configuration = standalone.resolve("configuration");
                Files.writeString(configuration.resolve("application-users.properties"), USER + "=" + hash + "\n");
                Files.writeString(configuration.resolve("application-roles.properties"), USER + "=user\n");
                for (Map.Entry<String, Path> war : wars.entrySet()) {
                    Files.copy(war.getValue(), deployments(home).resolve(war.getKey() + ".war"));
                }
            }
            return new ProcessBuilder(
                    distribution("wildfly-").resolve("bin/standalone.sh").toString(),
                    "-Djboss.server.base.dir=" + standalone,
                    "-Djboss.http.port=" + httpPort,
                    "-Djboss.https.port=" + freePort(),
                    "-Djboss.management.http.port=" + freePort(),
                    "-Djboss.management.https.port=" + freePort());
        }

        private static String md5(String text) {
            try {
                return HexFormat.of()
                        .formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8)));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        void redeploy(Path home, String application, Path war) throws IOException {
            String name = application + ".war";
            Path deployed = deployments(home).resolve(name + ".deployed");
            Files.delete(deployed);
            await(deployments(home).resolve(name + ".undeployed"));
            Files.writeString(deployments(home).resolve(name + ".dodeploy"), name);
            await(deployed);
        }

        private static void await(Path marker) {
            Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> Files.exists(marker));
        }
    }
}
