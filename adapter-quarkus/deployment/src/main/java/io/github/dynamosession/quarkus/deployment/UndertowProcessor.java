// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.quarkus.ServletSessionsRecorder;
import io.quarkus.arc.deployment.SynthesisFinishedBuildItem;
import io.quarkus.arc.deployment.SyntheticBeansRuntimeInitBuildItem;
import io.quarkus.builder.item.SimpleBuildItem;
import io.quarkus.deployment.Capabilities;
import io.quarkus.deployment.Capability;
import io.quarkus.deployment.annotations.BuildProducer;
import io.quarkus.deployment.annotations.BuildStep;
import io.quarkus.deployment.annotations.BuildSteps;
import io.quarkus.deployment.annotations.Consume;
import io.quarkus.deployment.annotations.ExecutionTime;
import io.quarkus.deployment.annotations.Produce;
import io.quarkus.deployment.annotations.Record;
import io.quarkus.deployment.builditem.ShutdownContextBuildItem;
import io.quarkus.deployment.builditem.nativeimage.ReflectiveClassBuildItem;
import io.quarkus.undertow.deployment.KnownPathsBuildItem;
import io.quarkus.undertow.deployment.ServletDeploymentManagerBuildItem;
import io.quarkus.undertow.deployment.ServletExtensionBuildItem;
import io.quarkus.vertx.http.deployment.PreRouterFinalizationBuildItem;
import io.undertow.servlet.ServletExtension;
import jakarta.enterprise.context.SessionScoped;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jboss.jandex.DotName;
import org.jspecify.annotations.Nullable;

/**
 * Sessions of servlets. Without Undertow nobody makes what these steps consume, and they do nothing: the
 * classes of Undertow are there at build time alone.
 */
@BuildSteps(onlyIf = DynamoSessionProcessor.Enabled.class)
final class UndertowProcessor {
    private static final DotName SESSION_SCOPED = DotName.createSimple(SessionScoped.class);

    /** The filter in its place. */
    static final class FilterBuildItem extends SimpleBuildItem {
        final ServletExtension extension;

        FilterBuildItem(ServletExtension extension) {
            this.extension = extension;
        }
    }

    @BuildStep
    @Record(ExecutionTime.STATIC_INIT)
    @Nullable
    FilterBuildItem filter(
            ServletSessionsRecorder recorder,
            Capabilities capabilities,
            BuildProducer<ServletExtensionBuildItem> extensions) {
        if (capabilities.isMissing(Capability.SERVLET)) {
            return null;
        }
        ServletExtension extension = recorder.filter();
        extensions.produce(new ServletExtensionBuildItem(extension));
        return new FilterBuildItem(extension);
    }

    @BuildStep
    @Record(ExecutionTime.STATIC_INIT)
    void servlets(
            ServletSessionsRecorder recorder,
            Optional<ServletDeploymentManagerBuildItem> undertow,
            Optional<KnownPathsBuildItem> files,
            ShutdownContextBuildItem shutdown) {
        if (undertow.isPresent()) {
            recorder.servlets(
                    undertow.get().getDeploymentManager(),
                    files.map(known -> known.knownFiles).orElse(Set.of()),
                    shutdown);
        }
    }

    @BuildStep
    @Record(ExecutionTime.RUNTIME_INIT)
    @Consume(SyntheticBeansRuntimeInitBuildItem.class)
    @Produce(PreRouterFinalizationBuildItem.class)
    void start(
            ServletSessionsRecorder recorder,
            Optional<ServletDeploymentManagerBuildItem> undertow,
            Optional<FilterBuildItem> filter,
            SynthesisFinishedBuildItem beans) {
        if (undertow.isPresent() && filter.isPresent()) {
            recorder.start(filter.get().extension, undertow.get().getDeploymentManager(), sessionScoped(beans));
        }
    }

    private static List<String> sessionScoped(SynthesisFinishedBuildItem beans) {
        return beans.getBeans().stream()
                .filter(bean -> bean.getScope().getDotName().equals(SESSION_SCOPED))
                .map(bean -> bean.getImplClazz() == null
                        ? bean.toString()
                        : bean.getImplClazz().name().toString())
                .distinct()
                .sorted()
                .toList();
    }

    /** The servlet adapter asks Undertow for its session listeners by reflection. */
    @BuildStep
    void reflection(
            Optional<ServletDeploymentManagerBuildItem> undertow, BuildProducer<ReflectiveClassBuildItem> classes) {
        if (undertow.isPresent()) {
            classes.produce(ReflectiveClassBuildItem.builder(
                            "io.undertow.servlet.spec.ServletContextImpl",
                            "io.undertow.servlet.core.DeploymentImpl",
                            "io.undertow.servlet.api.DeploymentInfo",
                            "io.undertow.servlet.api.LoginConfig",
                            "io.undertow.servlet.core.ApplicationListeners",
                            "io.undertow.servlet.core.ManagedListener")
                    .methods()
                    .fields()
                    .build());
        }
    }
}
