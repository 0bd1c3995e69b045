// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.Session;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContext;

/** Whom Spring Security has logged in, for the index of principals; on servlets and on WebFlux. */
final class SecurityPrincipal {
    /** Where both keep it. */
    private static final String CONTEXT = "SPRING_SECURITY_CONTEXT";

    private SecurityPrincipal() {}

    static @Nullable String of(Session session) {
        Authentication authentication = authentication(session);
        return authentication == null ? null : authentication.getName();
    }

    static @Nullable Authentication authentication(Session session) {
        return session.get(CONTEXT, SecurityContext.class)
                .map(SecurityContext::getAuthentication)
                .orElse(null);
    }

    /** The name that an authentication of this principal has. */
    static String name(Object principal) {
        return new Named(principal).getName();
    }

    private static final class Named extends AbstractAuthenticationToken {
        private static final long serialVersionUID = 1L;

        private final transient Object principal;

        Named(Object principal) {
            super(AuthorityUtils.NO_AUTHORITIES);
            this.principal = principal;
        }

        @Override
        public @Nullable Object getCredentials() {
            return null;
        }

        @Override
        public Object getPrincipal() {
            return principal;
        }
    }
}
