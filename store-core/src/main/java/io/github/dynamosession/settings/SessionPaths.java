// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.settings;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which paths of an application have sessions: those that are included, or all if none is, without those
 * that are excluded.
 *
 * <p>A pattern is written like a servlet mapping: {@code /folder/*} (the folder itself, too),
 * {@code *.extension}, or {@code /path}, which is that path alone. Upper and lower case differ. Safe for any
 * number of threads.
 */
public final class SessionPaths {
    /** Every path has sessions. */
    public static final SessionPaths ALL = new SessionPaths(List.of(), List.of());

    private final Patterns included;
    private final Patterns excluded;

    private SessionPaths(Collection<String> include, Collection<String> exclude) {
        this.included = new Patterns(include);
        this.excluded = new Patterns(exclude);
    }

    /**
     * Paths by patterns.
     *
     * @param include patterns of the paths that have sessions; empty: all
     * @param exclude patterns of the paths that have none, even if they are included
     * @return {@link #ALL} if there are no patterns
     * @throws IllegalArgumentException if one is not a pattern; the message names it
     */
    public static SessionPaths of(Collection<String> include, Collection<String> exclude) {
        return include.isEmpty() && exclude.isEmpty() ? ALL : new SessionPaths(include, exclude);
    }

    /**
     * Whether a request of this path has sessions.
     *
     * @param path the path within the application as the server understood it: it begins with a slash,
     *     and is decoded, without dot segments, path parameters and query
     * @return true if it is included and not excluded
     */
    public boolean matches(String path) {
        return (included.isEmpty() || included.match(path)) && !excluded.match(path);
    }

    /** What is said of one pattern that is none. */
    static String problem(String pattern) {
        return "'" + pattern + "' is not a path pattern: write /folder/*, *.extension or /path";
    }

    static boolean isPattern(String pattern) {
        if (pattern.startsWith("*.")) {
            return pattern.length() > 2 && pattern.indexOf('/') < 0 && pattern.indexOf('*', 1) < 0;
        }
        int asterisk = pattern.indexOf('*');
        return pattern.startsWith("/")
                && (asterisk < 0 || (asterisk == pattern.length() - 1 && pattern.endsWith("/*")));
    }

    /** Patterns, by kind. */
    private static final class Patterns {
        private final Set<String> exact = new HashSet<>();

        /** Each with a slash at its end, and without the asterisk. */
        private final List<String> folders = new ArrayList<>();

        /** Each with the dot in front. */
        private final List<String> extensions = new ArrayList<>();

        Patterns(Collection<String> patterns) {
            for (String pattern : patterns) {
                if (!isPattern(pattern)) {
                    throw new IllegalArgumentException(problem(pattern));
                }
                if (pattern.startsWith("*.")) {
                    extensions.add(pattern.substring(1));
                } else if (pattern.endsWith("/*")) {
                    folders.add(pattern.substring(0, pattern.length() - 1));
                } else {
                    exact.add(pattern);
                }
            }
        }

        boolean isEmpty() {
            return exact.isEmpty() && folders.isEmpty() && extensions.isEmpty();
        }

        boolean match(String path) {
            if (exact.contains(path)) {
                return true;
            }
            for (String folder : folders) {
                if (path.startsWith(folder) || (path.length() == folder.length() - 1 && folder.startsWith(path))) {
                    return true;
                }
            }
            for (String extension : extensions) {
                if (path.endsWith(extension)) {
                    return true;
                }
            }
            return false;
        }
    }
}
