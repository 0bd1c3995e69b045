// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.quarkus.builder.Version;
import io.quarkus.maven.dependency.Dependency;
import java.util.List;

/** Extensions that only some of the applications here have. */
final class Extensions {
    private static final String AMAZON_VERSION = "3.14.1";
    private static final String SDK_VERSION = "2.41.18";

    private Extensions() {}

    static List<Dependency> amazon() {
        return List.of(Dependency.of("io.quarkiverse.amazonservices", "quarkus-amazon-dynamodb", AMAZON_VERSION));
    }

    /** For the blocking client; for the other, the store's own client brings what is needed. */
    static List<Dependency> amazonWithHttpClient() {
        return List.of(
                amazon().get(0), Dependency.of("software.amazon.awssdk", "url-connection-client", SDK_VERSION));
    }

    static List<Dependency> operations() {
        return List.of(
                Dependency.of("io.quarkus", "quarkus-smallrye-health", Version.getVersion()),
                Dependency.of("io.quarkus", "quarkus-micrometer", Version.getVersion()));
    }
}
