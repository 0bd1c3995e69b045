// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.quarkus.DynamoSessionBuildTimeConfig;
import io.quarkus.arc.deployment.BeanDiscoveryFinishedBuildItem;
import io.quarkus.bootstrap.classloading.QuarkusClassLoader;
import io.quarkus.bootstrap.model.ApplicationModel;
import io.quarkus.deployment.annotations.BuildProducer;
import io.quarkus.deployment.annotations.BuildStep;
import io.quarkus.deployment.annotations.BuildSteps;
import io.quarkus.deployment.builditem.CuratedApplicationShutdownBuildItem;
import io.quarkus.deployment.builditem.DevServicesResultBuildItem;
import io.quarkus.deployment.builditem.LaunchModeBuildItem;
import io.quarkus.deployment.dev.devservices.DevServicesConfig;
import io.quarkus.deployment.pkg.builditem.CurateOutcomeBuildItem;
import io.quarkus.runtime.LaunchMode;
import java.io.File;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jboss.jandex.DotName;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A Dev Service without Docker: the test kit's embedded DynamoDB, in a process of its own, for development
 * and tests of applications that have the test kit among their dependencies and do not say which DynamoDB is
 * meant. {@code DevelopmentStore} decides the same for the store in memory, which is used without the test
 * kit or when this fails.
 *
 * <p>Not where the Amazon Services extension makes the client: it has Dev Services of its own.
 */
@BuildSteps(
        onlyIf = {
            DynamoSessionProcessor.Enabled.class,
            DevServicesConfig.Enabled.class,
            EmbeddedDynamoDbProcessor.DevelopmentOrTest.class
        })
final class EmbeddedDynamoDbProcessor {
    private static final Logger LOG = Logger.getLogger(EmbeddedDynamoDbProcessor.class);

    /** As in {@code DevelopmentStore}. */
    private static final List<String> SETTINGS =
            List.of("dynamosession.region", "dynamosession.endpoint", "dynamosession.store");

    /** As in {@code DevelopmentStore}. */
    private static final DotName STORE = DotName.createSimple("io.github.dynamosession.spi.SessionStore");

    /** As in {@code DevelopmentStore}; those of extensions are not found yet. */
    private static final List<DotName> CLIENTS = List.of(
            DotName.createSimple("software.amazon.awssdk.services.dynamodb.DynamoDbClient"),
            DotName.createSimple("software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient"));

    private static final String AMAZON_EXTENSION = "io.quarkiverse.amazon.dynamodb.runtime.DynamodbConfig";

    /** Survives live reloads; there is one class loader of build steps for each application. */
    private static @Nullable EmbeddedDynamoDbProcess running;

    static final class DevelopmentOrTest implements BooleanSupplier {
        private final LaunchMode mode;
        private final DynamoSessionBuildTimeConfig config;

        DevelopmentOrTest(LaunchMode mode, DynamoSessionBuildTimeConfig config) {
            this.mode = mode;
            this.config = config;
        }

        @Override
        public boolean getAsBoolean() {
            return mode.isDevOrTest() && config.devServices().enabled();
        }
    }

    @BuildStep
    void start(
            CurateOutcomeBuildItem application,
            BeanDiscoveryFinishedBuildItem beans,
            LaunchModeBuildItem launchMode,
            CuratedApplicationShutdownBuildItem shutdown,
            BuildProducer<DevServicesResultBuildItem> results) {
        ApplicationModel model = application.getApplicationModel();
        if (!EmbeddedDynamoDbLibraries.areWanted(model) || isConfigured(beans)) {
            stop();
            return;
        }
        process(model, shutdown)
                .ifPresent(process -> results.produce(DevServicesResultBuildItem.discovered()
                        .feature("dynamosession")
                        .description("Embedded DynamoDB, process " + process.pid())
                        .config(configuration(process.endpoint()))
                        .build()));
    }

    /** All of it gives way to what the application says, but for the first, which nobody else sets. */
    private static Map<String, String> configuration(String endpoint) {
        return Map.of(
                "dynamosession.dev-services.endpoint", endpoint,
                "dynamosession.endpoint", endpoint,
                "dynamosession.region", "us-east-1",
                "dynamosession.create-table", "true",
                "dynamosession.table-name", "sessions");
    }

    private static boolean isConfigured(BeanDiscoveryFinishedBuildItem beans) {
        return SETTINGS.stream().anyMatch(EmbeddedDynamoDbProcessor::isSet)
                || beans.beanStream().withBeanType(STORE).stream().anyMatch(bean -> !bean.isDefaultBean())
                || CLIENTS.stream()
                        .anyMatch(type -> beans.beanStream().withBeanType(type).stream()
                                .anyMatch(bean -> isSet("dynamosession.client") || bean.hasDefaultQualifiers()))
                || QuarkusClassLoader.isClassPresentAtRuntime(AMAZON_EXTENSION);
    }

    private static boolean isSet(String key) {
        return ConfigProvider.getConfig()
                .getOptionalValue(key, String.class)
                .filter(value -> !value.isBlank())
                .isPresent();
    }

    /** The one that runs already, or a new one; empty if it cannot be started. */
    private static synchronized Optional<EmbeddedDynamoDbProcess> process(
            ApplicationModel model, CuratedApplicationShutdownBuildItem shutdown) {
        EmbeddedDynamoDbProcess current = running;
        if (current != null && current.isAlive()) {
            return Optional.of(current);
        }
        try {
            EmbeddedDynamoDbProcess started = EmbeddedDynamoDbProcess.start(
                    String.join(File.pathSeparator, EmbeddedDynamoDbLibraries.classPath(model)));
            running = started;
            shutdown.addCloseTask(EmbeddedDynamoDbProcessor::stop, true);
            LOG.infof("Dev Services: sessions are kept in an embedded DynamoDB, %s", started.endpoint());
            return Optional.of(started);
        } catch (EmbeddedDynamoDbProcess.CannotStartException e) {
            LOG.warnf(
                    e.getCause(),
                    "Dev Services: the embedded DynamoDB does not start, and sessions are kept in memory"
                            + " (dynamosession.dev-services.enabled=false ends the attempts): %s",
                    e.getMessage());
            return Optional.empty();
        }
    }

    private static synchronized void stop() {
        if (running != null) {
            running.close();
            running = null;
        }
    }
}
