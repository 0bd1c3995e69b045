// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.Session;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContext;

/** Whom Spring Security has logged in, for the index of principals; on servlets and on WebFlux. */
final class SecurityPrincipal {
    /** Where both keep it. */
    private static final String CONTEXT = "SPRING_SECURITY_CONTEXT";

    private SecurityPrincipal() {}

    static @Nullable String of(Session session) {
        Authentication authentication = session.get(CONTEXT, SecurityContext.class)
                .map(SecurityContext::getAuthentication)
                .orElse(null);
        return authentication == null ? null : authentication.getName();
    }
}
