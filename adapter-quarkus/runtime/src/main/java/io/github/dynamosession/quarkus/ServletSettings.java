// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.settings.CookieSettings;
import io.github.dynamosession.settings.SessionPaths;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.SessionCookieConfig;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** What an application with servlets says in their way: in web.xml, or to its {@link ServletContext}. */
final class ServletSettings {
    private static final String DEFAULT_NAME = "JSESSIONID";
    private static final String SAME_SITE = "SameSite";

    private ServletSettings() {}

    static String containersName(SessionCookieConfig said) {
        return text(said.getName()).orElse(DEFAULT_NAME);
    }

    /**
     * One cookie for servlets and routes: what the settings say, then what the application said to the
     * servlet container, then the container's name, for the whole application.
     */
    static CookieSettings cookie(CookieSettings settings, ServletContext context) {
        SessionCookieConfig said = context.getSessionCookieConfig();
        Optional<String> saidPath = text(said.getPath()).filter(path -> !path.equals(context.getContextPath()));
        return new CookieSettings(
                Optional.of(settings.name().orElseGet(() -> containersName(said))),
                Optional.of(settings.path().or(() -> saidPath).orElse("/")),
                settings.domain().or(() -> text(said.getDomain())),
                settings.secure().or(() -> said.isSecure() ? Optional.of(true) : Optional.empty()),
                settings.httpOnly(),
                settings.sameSite().or(() -> text(said.getAttribute(SAME_SITE))),
                settings.partitioned(),
                settings.maxAge()
                        // Zero is what Quarkus' Undertow says for "not set", once web.xml says anything of the cookie.
                        .or(() -> said.getMaxAge() <= 0
                                ? Optional.empty()
                                : Optional.of(Duration.ofSeconds(said.getMaxAge()))),
                settings.prefix());
    }

    /** Where servlets have other defaults than the engine: chapter 7 of their specification. */
    static Map<String, String> defaults(ServletContext context) {
        int minutes = context.getSessionTimeout();
        return Map.of("store-empty-sessions", "true", "idle-timeout", minutes > 0 ? minutes + "m" : "never");
    }

    /** Paths of servlets and files. Not those of a servlet for everything: routes come before it. */
    static Predicate<String> paths(ServletContext context, Set<String> files) {
        List<String> mappings = context.getServletRegistrations().values().stream()
                .map(ServletRegistration::getMappings)
                .flatMap(Collection::stream)
                .filter(mapping -> mapping.startsWith("/") || mapping.startsWith("*."))
                .filter(mapping -> !mapping.equals("/") && !mapping.equals("/*"))
                .toList();
        SessionPaths others = SessionPaths.of(List.of(), mappings);
        String folder = context.getContextPath();
        return path -> {
            int end = path.indexOf(';');
            String plain = end < 0 ? path : path.substring(0, end);
            if (!plain.startsWith(folder)) {
                return false;
            }
            String within = plain.substring(folder.length());
            return within.startsWith("/") && (!others.matches(within) || files.contains(within.substring(1)));
        };
    }

    private static Optional<String> text(String value) {
        return value == null || value.isBlank() ? Optional.empty() : Optional.of(value);
    }
}
