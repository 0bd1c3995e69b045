// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.quarkus.builder.Version;
import io.quarkus.maven.dependency.Dependency;
import java.util.List;
import software.amazon.awssdk.core.util.VersionInfo;

/** Extensions that only some of the applications here have. */
final class Extensions {
    private static final String AMAZON_VERSION = "3.14.1";

    private Extensions() {}

    /** Neither of the SDK's HTTP clients comes with it. */
    static List<Dependency> amazon(String httpClient) {
        return List.of(
                Dependency.of("io.quarkiverse.amazonservices", "quarkus-amazon-dynamodb", AMAZON_VERSION),
                Dependency.of("software.amazon.awssdk", httpClient, VersionInfo.SDK_VERSION));
    }

    static List<Dependency> operations() {
        return List.of(
                Dependency.of("io.quarkus", "quarkus-smallrye-health", Version.getVersion()),
                Dependency.of("io.quarkus", "quarkus-micrometer", Version.getVersion()));
    }
}
