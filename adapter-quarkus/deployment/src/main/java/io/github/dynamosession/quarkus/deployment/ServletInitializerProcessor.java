// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.quarkus.deployment.annotations.BuildStep;
import io.quarkus.undertow.deployment.IgnoredServletContainerInitializerBuildItem;

/**
 * The servlet adapter comes with this extension, and would set itself up in Undertow: with settings of its
 * own, and also where {@code dynamosession.enabled=false} says that nobody wants it.
 */
final class ServletInitializerProcessor {
    @BuildStep
    IgnoredServletContainerInitializerBuildItem initializer() {
        return new IgnoredServletContainerInitializerBuildItem(
                "io.github.dynamosession.servlet.DynamoSessionInitializer");
    }
}
