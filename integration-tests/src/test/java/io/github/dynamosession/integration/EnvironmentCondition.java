// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.integration;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips what needs more than a JDK, and says why: a test that a filter leaves out looks like one that passed.
 *
 * <p>Registered for all tests of this module; a test only names its tag, {@code docker}, {@code node} or
 * {@code aws}.
 */
public final class EnvironmentCondition implements ExecutionCondition {
    private static final String AWS = "DYNAMOSESSION_TEST_AWS";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (context.getTags().contains("docker") && !dockerIsThere()) {
            return ConditionEvaluationResult.disabled("needs Docker: neither DOCKER_HOST nor /var/run/docker.sock");
        }
        if (context.getTags().contains("node") && !(isOnPath("node") && isOnPath("npm"))) {
            return ConditionEvaluationResult.disabled("needs Node.js: node and npm are not both on the PATH");
        }
        if (context.getTags().contains("aws") && !Boolean.parseBoolean(System.getenv(AWS))) {
            return ConditionEvaluationResult.disabled("costs money: set " + AWS + "=true, a region and credentials");
        }
        return ConditionEvaluationResult.enabled("nothing missing");
    }

    private static boolean isOnPath(String program) {
        String path = System.getenv("PATH");
        return path != null
                && Stream.of(path.split(File.pathSeparator))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static boolean dockerIsThere() {
        return System.getenv("DOCKER_HOST") != null || Files.exists(Path.of("/var/run/docker.sock"));
    }
}
