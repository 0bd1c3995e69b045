// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.quarkus.DynamoSessionBuildTimeConfig;
import io.github.dynamosession.quarkus.DynamoSessionRecorder;
import io.github.dynamosession.quarkus.QuarkusSessionBeans;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.vertx.DynamoSessionHandler;
import io.quarkus.arc.deployment.AdditionalBeanBuildItem;
import io.quarkus.arc.deployment.AnnotationsTransformerBuildItem;
import io.quarkus.arc.deployment.CustomScopeAnnotationsBuildItem;
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
import io.quarkus.vertx.http.deployment.HttpRootPathBuildItem;
import io.quarkus.vertx.http.deployment.NonApplicationRootPathBuildItem;
import io.quarkus.vertx.http.deployment.PreRouterFinalizationBuildItem;
import io.quarkus.vertx.http.deployment.VertxWebRouterBuildItem;
import io.quarkus.vertx.http.deployment.spi.StaticResourcesBuildItem;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jboss.jandex.AnnotationTransformation;
import org.jboss.jandex.DotName;

/** Beans and routes. */
@BuildSteps(onlyIf = DynamoSessionProcessor.Enabled.class)
public final class DynamoSessionProcessor {
    /** Between CORS (300) and authentication (200): a refused preflight reads nothing, a login finds its session. */
    private static final int PRIORITY = 250;

    private static final Set<DotName> ONE_OF_EACH = Set.of(
            DotName.createSimple(SessionManager.class),
            DotName.createSimple(SessionStore.class),
            DotName.createSimple(SessionCodec.class),
            DotName.createSimple(DynamoSessionHandler.class));

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
        beans.produce(AdditionalBeanBuildItem.unremovableOf(QuarkusSessionBeans.class));
        unremovable.produce(UnremovableBeanBuildItem.beanTypes(DynamoSessionHandler.class));
    }

    /** One of each for the application: a producer without a scope would make one for each use. */
    @BuildStep
    AnnotationsTransformerBuildItem scope(CustomScopeAnnotationsBuildItem scopes) {
        return new AnnotationsTransformerBuildItem(AnnotationTransformation.forMethods()
                .whenMethod(method -> ONE_OF_EACH.contains(method.returnType().name()))
                .transform(context -> {
                    if (context.hasAnnotation(Produces.class) && !scopes.isScopeIn(context.annotations())) {
                        context.add(Singleton.class);
                    }
                }));
    }

    /** Health, metrics, the development console: below {@code /q} unless configured otherwise. */
    @BuildStep
    PathsWithoutSessionsBuildItem quarkusOwn(NonApplicationRootPathBuildItem paths) {
        String own = withSlash(paths.getNonApplicationRootPath());
        // The application itself may be below it.
        return new PathsWithoutSessionsBuildItem(
                withSlash(paths.getNormalizedHttpRootPath()).startsWith(own) ? List.of() : List.of(own + "*"));
    }

    @BuildStep
    @Record(ExecutionTime.RUNTIME_INIT)
    @Consume(SyntheticBeansRuntimeInitBuildItem.class)
    @Produce(PreRouterFinalizationBuildItem.class)
    void routes(
            DynamoSessionRecorder recorder,
            VertxWebRouterBuildItem router,
            HttpRootPathBuildItem root,
            Optional<StaticResourcesBuildItem> files,
            List<PathsWithoutSessionsBuildItem> others,
            BuildProducer<FilterBuildItem> filters) {
        Set<String> resources = files.map(StaticResourcesBuildItem::getPaths).orElse(Set.of()).stream()
                .map(file -> root.resolvePath(file.substring(1)))
                .collect(Collectors.toSet());
        List<String> patterns =
                others.stream().flatMap(paths -> paths.patterns().stream()).toList();
        recorder.wrapRequests(router.getHttpRouter(), resources, patterns);
        filters.produce(new FilterBuildItem(recorder.sessions(), PRIORITY));
    }

    private static String withSlash(String path) {
        return path.endsWith("/") ? path : path + "/";
    }
}
