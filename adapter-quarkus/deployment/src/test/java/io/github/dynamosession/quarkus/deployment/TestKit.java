// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.quarkus.maven.dependency.Dependency;
import java.util.List;

/** The test kit as a dependency of a small application, and the processes that it leads to. */
final class TestKit {
    static final List<Dependency> DEPENDENCY = List.of(Dependency.of(
            "io.github.dynamosession", "dynamosession-store-testkit", System.getProperty("project.version")));

    private TestKit() {}

    static List<ProcessHandle> processes() {
        return ProcessHandle.current()
                .children()
                .filter(ProcessHandle::isAlive)
                .filter(child -> child.info()
                        .commandLine()
                        .filter(command -> command.contains("EmbeddedDynamoDbServer"))
                        .isPresent())
                .toList();
    }
}
