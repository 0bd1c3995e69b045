// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.quarkus.deployment.EmbeddedDynamoDbProcess.CannotStartException;
import io.quarkus.bootstrap.BootstrapAppModelFactory;
import io.quarkus.bootstrap.model.ApplicationModel;
import io.quarkus.bootstrap.resolver.AppModelResolver;
import io.quarkus.bootstrap.resolver.AppModelResolverException;
import io.quarkus.bootstrap.workspace.WorkspaceModule;
import io.quarkus.maven.dependency.ArtifactCoords;
import io.quarkus.maven.dependency.ResolvedDependency;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The class path of the embedded DynamoDB: the test kit of the application, and DynamoDB Local in the
 * versions that DynamoDB Local itself asks for. Those of the application's BOMs would be a mixture that
 * nobody has tried, and DynamoDB Local fails with a mixture of the AWS SDK's modules.
 */
final class EmbeddedDynamoDbLibraries {
    private static final String TEST_KIT_GROUP = "io.github.dynamosession";
    private static final String TEST_KIT = "dynamosession-store-testkit";

    private static final String LOCAL_GROUP = "com.amazonaws";
    private static final String LOCAL = "DynamoDBLocal";

    /** The one that the test kit is tested with; the application's own if it names one. */
    static final String LOCAL_VERSION = "2.6.1";

    private EmbeddedDynamoDbLibraries() {}

    static boolean areWanted(ApplicationModel model) {
        return find(model, TEST_KIT_GROUP, TEST_KIT).isPresent();
    }

    static List<String> classPath(ApplicationModel model) throws CannotStartException {
        ResolvedDependency testKit = find(model, TEST_KIT_GROUP, TEST_KIT).orElseThrow();
        String version = find(model, LOCAL_GROUP, LOCAL)
                .map(ResolvedDependency::getVersion)
                .orElse(LOCAL_VERSION);
        ArtifactCoords local = ArtifactCoords.jar(LOCAL_GROUP, LOCAL, version);
        try {
            return Stream.concat(Stream.of(testKit), resolver(model).resolveUserDependencies(local, List.of()).stream())
                    .flatMap(dependency -> dependency.getResolvedPaths().stream())
                    .map(Path::toString)
                    .toList();
        } catch (AppModelResolverException | RuntimeException e) {
            throw new CannotStartException(local.toCompactCoords() + " cannot be resolved", e);
        } catch (NoClassDefFoundError e) {
            // Quarkus provides its resolver of Maven artifacts where Maven started it.
            throw new CannotStartException("this build has no resolver of Maven artifacts", e);
        }
    }

    /** With the repositories of the application's POM, if it has one, but without looking at its modules. */
    private static AppModelResolver resolver(ApplicationModel model) {
        WorkspaceModule module = model.getApplicationModule();
        Path project = module == null
                ? Path.of("").toAbsolutePath()
                : module.getModuleDir().toPath();
        return BootstrapAppModelFactory.newInstance()
                .setProjectRoot(project)
                .setLocalProjectsDiscovery(false)
                .getAppModelResolver();
    }

    /** Among those of scope {@code provided}, too, which Quarkus tells apart. */
    private static Optional<ResolvedDependency> find(ApplicationModel model, String group, String artifact) {
        return model.getDependencies().stream()
                .filter(dependency -> dependency.getGroupId().equals(group)
                        && dependency.getArtifactId().equals(artifact)
                        && dependency.isResolved())
                .findFirst();
    }
}
