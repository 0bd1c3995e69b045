// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.quarkus.DynamoSessionRecorder;
import io.github.dynamosession.quarkus.SessionIdentity;
import io.quarkus.arc.deployment.AdditionalBeanBuildItem;
import io.quarkus.arc.deployment.SyntheticBeansRuntimeInitBuildItem;
import io.quarkus.deployment.annotations.BuildStep;
import io.quarkus.deployment.annotations.BuildSteps;
import io.quarkus.deployment.annotations.Consume;
import io.quarkus.deployment.annotations.ExecutionTime;
import io.quarkus.deployment.annotations.Record;
import io.quarkus.vertx.http.deployment.FilterBuildItem;

/** Sessions learn whose requests are. */
@BuildSteps(onlyIf = DynamoSessionProcessor.Enabled.class)
final class IdentityProcessor {
    /** Behind authentication (200), and before authorization (100) and the application. */
    private static final int PRIORITY = 150;

    @BuildStep
    AdditionalBeanBuildItem bean() {
        return AdditionalBeanBuildItem.unremovableOf(SessionIdentity.class);
    }

    @BuildStep
    @Record(ExecutionTime.RUNTIME_INIT)
    @Consume(SyntheticBeansRuntimeInitBuildItem.class)
    FilterBuildItem filter(DynamoSessionRecorder recorder) {
        return new FilterBuildItem(recorder.identities(), PRIORITY);
    }
}
