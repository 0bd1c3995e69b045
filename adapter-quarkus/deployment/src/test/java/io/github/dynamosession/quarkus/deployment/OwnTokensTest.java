// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.quarkus.OidcLogins;
import io.quarkus.arc.Arc;
import io.quarkus.builder.Version;
import io.quarkus.gizmo.ClassCreator;
import io.quarkus.maven.dependency.Dependency;
import io.quarkus.test.QuarkusUnitTest;
import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jboss.shrinkwrap.api.asset.ByteArrayAsset;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("An application with OpenID Connect and a TokenStateManager of its own")
class OwnTokensTest {
    private static final String MANAGER = "io.quarkus.oidc.TokenStateManager";
    private static final String OWN = "shop.OwnTokens";

    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .setForcedDependencies(List.of(Dependency.of("io.quarkus", "quarkus-oidc", Version.getVersion())))
            .withApplicationRoot(
                    jar -> jar.addAsResource(new ByteArrayAsset(ownManager()), OWN.replace('.', '/') + ".class"))
            .overrideConfigKey("quarkus.keycloak.devservices.enabled", "false")
            .overrideConfigKey("quarkus.oidc.tenant-enabled", "false");

    /** Written without a compiler: the other applications here have no OIDC, and the tests are compiled without. */
    private static byte[] ownManager() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ClassCreator own = ClassCreator.builder()
                .classOutput((name, content) -> bytes.writeBytes(content))
                .className(OWN)
                .interfaces(MANAGER)
                .build()) {
            own.addAnnotation(Singleton.class);
            // As the guide of Quarkus has it.
            own.addAnnotation(Alternative.class);
            own.addAnnotation(Priority.class).add("value", 1);
        }
        return bytes.toByteArray();
    }

    @Test
    @DisplayName("keeps it, and has nothing of ours")
    void keepsIt() throws Exception {
        Class<?> manager = Thread.currentThread().getContextClassLoader().loadClass(MANAGER);
        assertThat(Arc.container().instance(manager).get().getClass().getName()).isEqualTo(OWN);
        assertThat(Arc.container().select(OidcLogins.class).isUnsatisfied()).isTrue();
    }
}
