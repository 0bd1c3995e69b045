// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.quarkus.DynamoSessionBuildTimeConfig;
import io.github.dynamosession.quarkus.DynamoSessionRecorder;
import io.github.dynamosession.quarkus.SessionBeans;
import io.github.dynamosession.vertx.DynamoSessionHandler;
import io.quarkus.arc.deployment.AdditionalBeanBuildItem;
import io.quarkus.arc.deployment.SyntheticBeansRuntimeInitBuildItem;
import io.quarkus.arc.deployment.UnremovableBeanBuildItem;
import io.quarkus.deployment.annotations.BuildProducer;
import io.quarkus.deployment.annotations.BuildStep;
import io.quarkus.deployment.annotations.BuildSteps;
import io.quarkus.deployment.annotations.Consume;
import io.quarkus.deployment.annotations.ExecutionTime;
import io.quarkus.deployment.annotations.Produce;
import io.quarkus.deployment.annotations.Record;
import io.quarkus.deployment.builditem.FeatureBuildItem;
import io.quarkus.vertx.http.deployment.FilterBuildItem;
import io.quarkus.vertx.http.deployment.PreRouterFinalizationBuildItem;
import io.quarkus.vertx.http.deployment.VertxWebRouterBuildItem;
import java.util.function.BooleanSupplier;

/** Beans and routes. */
@BuildSteps(onlyIf = DynamoSessionProcessor.Enabled.class)
public final class DynamoSessionProcessor {
    /** Between CORS (300) and authentication (200): a refused preflight reads nothing, a login finds its session. */
    private static final int PRIORITY = 250;

    DynamoSessionProcessor() {}

    static final class Enabled implements BooleanSupplier {
        private final DynamoSessionBuildTimeConfig config;

        Enabled(DynamoSessionBuildTimeConfig config) {
            this.config = config;
        }

        @Override
        public boolean getAsBoolean() {
            return config.enabled();
        }
    }

    @BuildStep
    FeatureBuildItem feature() {
        return new FeatureBuildItem("dynamosession");
    }

    @BuildStep
    void beans(BuildProducer<AdditionalBeanBuildItem> beans, BuildProducer<UnremovableBeanBuildItem> unremovable) {
        beans.produce(AdditionalBeanBuildItem.unremovableOf(SessionBeans.class));
        unremovable.produce(UnremovableBeanBuildItem.beanTypes(DynamoSessionHandler.class));
    }

    @BuildStep
    @Record(ExecutionTime.RUNTIME_INIT)
    @Consume(SyntheticBeansRuntimeInitBuildItem.class)
    @Produce(PreRouterFinalizationBuildItem.class)
    void routes(
            DynamoSessionRecorder recorder, VertxWebRouterBuildItem router, BuildProducer<FilterBuildItem> filters) {
        recorder.wrapRequests(router.getHttpRouter());
        filters.produce(new FilterBuildItem(recorder.sessions(), PRIORITY));
    }
}
