// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.integration;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips what needs more than a JDK, and says why: a test that a filter leaves out looks like one that passed.
 *
 * <p>Registered for all tests of this module; a test only names its tag, {@code docker} or {@code aws}.
 */
public final class EnvironmentCondition implements ExecutionCondition {
    private static final String AWS = "DYNAMOSESSION_TEST_AWS";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (context.getTags().contains("docker") && !dockerIsThere()) {
            return ConditionEvaluationResult.disabled("needs Docker: neither DOCKER_HOST nor /var/run/docker.sock");
        }
        if (context.getTags().contains("aws") && !Boolean.parseBoolean(System.getenv(AWS))) {
            return ConditionEvaluationResult.disabled("costs money: set " + AWS + "=true, a region and credentials");
        }
        return ConditionEvaluationResult.enabled("nothing missing");
    }

    private static boolean dockerIsThere() {
        return System.getenv("DOCKER_HOST") != null || Files.exists(Path.of("/var/run/docker.sock"));
    }
}
