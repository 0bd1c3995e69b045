// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.settings.SessionSettings;
import jakarta.servlet.ServletContext;
import jakarta.servlet.SessionTrackingMode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the application's context says where no setting does: chapters 4.4.4 and 7.5 of the specification
 * (timeout), 7.3 (sessions are separated by context) and 7.1 (how sessions are tracked). A container may
 * know nothing of all that.
 */
final class ContextDefaults {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._-][A-Za-z0-9._/-]{0,127}");

    private final ServletContext context;

    ContextDefaults(ServletContext context) {
        this.context = context;
    }

    void addTo(SessionSettings.Builder settings) {
        settings.fallback("store-empty-sessions", "true");
        String namespace = namespace(context.getContextPath());
        if (!namespace.isEmpty()) {
            settings.fallback("namespace", namespace);
        }
        String timeout = timeout();
        if (!timeout.isEmpty()) {
            settings.fallback("idle-timeout", timeout);
        }
    }

    /**
     * What separates the sessions of a context: its path without the slash in front; nothing for the
     * root. A path of other characters, or a long one, is hashed; a slash in front marks that, so that no
     * two paths meet.
     */
    static String namespace(String contextPath) {
        if (contextPath == null || contextPath.isEmpty() || contextPath.equals("/")) {
            return "";
        }
        String path = contextPath.startsWith("/") ? contextPath.substring(1) : contextPath;
        if (PLAIN.matcher(path).matches()) {
            return path;
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(path.getBytes(StandardCharsets.UTF_8));
            return "/" + Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private String timeout() {
        int minutes;
        try {
            minutes = context.getSessionTimeout();
        } catch (UnsupportedOperationException | IllegalStateException e) {
            return "";
        }
        if (minutes > 0) {
            return minutes + "m";
        }
        return saysNever() ? "never" : "";
    }

    /** Zero means "never" where the container's own default is another; elsewhere it may mean that nobody said anything. */
    private boolean saysNever() {
        String implementation = context.getClass().getName();
        return implementation.startsWith("org.apache.catalina.") || implementation.startsWith("io.undertow.");
    }

    /** Whether cookies carry ids: unless the application chose another way. */
    boolean tracksByCookie() {
        Set<SessionTrackingMode> modes = context.getEffectiveSessionTrackingModes();
        return modes == null || modes.isEmpty() || modes.contains(SessionTrackingMode.COOKIE);
    }

    /**
     * Whether the application chose that URLs carry ids. Containers have that mode in effect by default;
     * an application that sets what is the default anyway cannot be told from one that sets nothing.
     */
    boolean tracksByUrl() {
        Set<SessionTrackingMode> modes = context.getEffectiveSessionTrackingModes();
        return modes != null
                && modes.contains(SessionTrackingMode.URL)
                && !modes.equals(context.getDefaultSessionTrackingModes());
    }
}
