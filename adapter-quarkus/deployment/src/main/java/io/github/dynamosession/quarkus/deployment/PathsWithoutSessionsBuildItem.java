// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.quarkus.builder.item.MultiBuildItem;
import java.util.List;

/**
 * Paths that have no use for a session of Vert.x, in the words of {@link
 * io.github.dynamosession.settings.SessionPaths}, with the application's root path.
 */
public final class PathsWithoutSessionsBuildItem extends MultiBuildItem {
    private final List<String> patterns;

    /**
     * Some paths.
     *
     * @param patterns may be empty
     */
    public PathsWithoutSessionsBuildItem(List<String> patterns) {
        this.patterns = List.copyOf(patterns);
    }

    List<String> patterns() {
        return patterns;
    }
}
