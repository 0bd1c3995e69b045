// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Paths of an application, in the words of chapter 12.2 of the specification: servlet mappings. */
final class PathPatterns {
    static final PathPatterns NONE = new PathPatterns(List.of());

    private final Set<String> exact = new HashSet<>();

    /** Each with a slash at its end, and without the asterisk. */
    private final List<String> folders = new ArrayList<>();

    /** Each with the dot in front. */
    private final List<String> extensions = new ArrayList<>();

    /**
     * Takes patterns apart.
     *
     * @throws IllegalArgumentException if one is none
     */
    PathPatterns(List<String> patterns) {
        for (String pattern : patterns) {
            String fixed = pattern.endsWith("/*") ? pattern.substring(0, pattern.length() - 1) : pattern;
            if (pattern.startsWith("*.") && pattern.length() > 2 && pattern.indexOf('/') < 0) {
                extensions.add(pattern.substring(1));
            } else if (!pattern.startsWith("/") || fixed.indexOf('*') >= 0) {
                throw new IllegalArgumentException(
                        "'" + pattern + "' is not a servlet mapping: write /folder/*, *.extension or /path");
            } else if (pattern.endsWith("/*")) {
                folders.add(fixed);
            } else {
                exact.add(pattern);
            }
        }
    }

    boolean isEmpty() {
        return exact.isEmpty() && folders.isEmpty() && extensions.isEmpty();
    }

    /** Whether the request's path within its application, as the container decoded it, is one of these. */
    boolean match(HttpServletRequest request) {
        if (isEmpty()) {
            return false;
        }
        String servletPath = request.getServletPath();
        String pathInfo = request.getPathInfo();
        String path = (servletPath == null ? "" : servletPath) + (pathInfo == null ? "" : pathInfo);
        return exact.contains(path)
                || folders.stream()
                        .anyMatch(folder -> path.startsWith(folder)
                                || (path.length() == folder.length() - 1 && folder.startsWith(path)))
                || extensions.stream().anyMatch(path::endsWith);
    }
}
