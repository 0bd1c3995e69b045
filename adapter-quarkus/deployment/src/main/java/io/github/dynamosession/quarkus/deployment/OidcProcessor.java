// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.quarkus.DynamoSessionBuildTimeConfig;
import io.quarkus.arc.deployment.AdditionalBeanBuildItem;
import io.quarkus.deployment.Capabilities;
import io.quarkus.deployment.Capability;
import io.quarkus.deployment.annotations.BuildProducer;
import io.quarkus.deployment.annotations.BuildStep;
import io.quarkus.deployment.annotations.BuildSteps;
import io.quarkus.deployment.builditem.CombinedIndexBuildItem;
import org.jboss.jandex.DotName;

/** Logins by OpenID Connect, whose tokens are kept in the store. */
@BuildSteps(onlyIf = DynamoSessionProcessor.Enabled.class)
final class OidcProcessor {
    /** By name: not every application has the classes of OIDC. */
    private static final String OURS = "io.github.dynamosession.quarkus.";

    private static final DotName MANAGER = DotName.createSimple("io.quarkus.oidc.TokenStateManager");
    private static final String QUARKUS = "io.quarkus.oidc.";

    @BuildStep
    void tokens(
            Capabilities capabilities,
            DynamoSessionBuildTimeConfig config,
            CombinedIndexBuildItem index,
            BuildProducer<AdditionalBeanBuildItem> beans) {
        boolean applicationHasOne = index.getIndex().getAllKnownImplementations(MANAGER).stream()
                .map(manager -> manager.name().toString())
                .anyMatch(name -> !name.startsWith(QUARKUS) && !name.startsWith(OURS));
        if (capabilities.isPresent(Capability.OIDC) && config.oidc().enabled() && !applicationHasOne) {
            beans.produce(AdditionalBeanBuildItem.unremovableOf(OURS + "OidcLogins"));
            beans.produce(AdditionalBeanBuildItem.unremovableOf(OURS + "DynamoTokenStateManager"));
        }
    }
}
