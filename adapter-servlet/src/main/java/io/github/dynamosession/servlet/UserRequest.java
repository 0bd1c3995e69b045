// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.security.Principal;
import org.jspecify.annotations.Nullable;

/** A request whose user the container knows, and Jetty from a session that it asks the wrapper for. */
abstract class UserRequest extends HttpServletRequestWrapper {
    /**
     * The wrapper for which the container looks, in this thread, for a login, in a session of its own: Jetty asks
     * the wrapper for it. By thread, for two of one request may be there at once.
     */
    private static final ThreadLocal<@Nullable UserRequest> CONTAINER_ASKS = new ThreadLocal<>();

    UserRequest(HttpServletRequest request) {
        super(request);
    }

    @Override
    public final @Nullable String getRemoteUser() {
        UserRequest before = askContainer();
        try {
            return super.getRemoteUser();
        } finally {
            containerAnswered(before);
        }
    }

    @Override
    public final @Nullable Principal getUserPrincipal() {
        UserRequest before = askContainer();
        try {
            return super.getUserPrincipal();
        } finally {
            containerAnswered(before);
        }
    }

    @Override
    public final boolean isUserInRole(String role) {
        UserRequest before = askContainer();
        try {
            return super.isUserInRole(role);
        } finally {
            containerAnswered(before);
        }
    }

    @SuppressWarnings("ReferenceEquality") // wrappers of one request are equal, and not the same
    final boolean isAskedByContainer() {
        return CONTAINER_ASKS.get() == this;
    }

    final @Nullable UserRequest askContainer() {
        UserRequest before = CONTAINER_ASKS.get();
        CONTAINER_ASKS.set(this);
        return before;
    }

    static void containerAnswered(@Nullable UserRequest before) {
        if (before == null) {
            CONTAINER_ASKS.remove();
        } else {
            CONTAINER_ASKS.set(before);
        }
    }
}
