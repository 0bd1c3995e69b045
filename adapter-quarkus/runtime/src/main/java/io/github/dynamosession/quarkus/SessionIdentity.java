// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.vertx.DynamoSessionHandler;
import io.netty.handler.codec.http.cookie.ClientCookieDecoder;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.AuthenticationRequestContext;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.SecurityIdentityAugmentor;
import io.quarkus.vertx.http.runtime.security.HttpSecurityUtils;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Handler;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.impl.ServerCookie;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/**
 * Tells sessions whose requests are. Quarkus identifies users with each request anew, by headers or by
 * cookies of its own, and never says "login" or "logout" to a session.
 *
 * <p>A request is somebody's if Quarkus has resolved its identity, which is never asked for here: with
 * lazy authentication most requests are nobody's. A response that sets a cookie with credentials on a
 * request without an identity is a login (form authentication, and the way back from an OIDC provider,
 * answer with a redirect): it is the user's who was authenticated last. A response that takes such a
 * cookie away is a logout.
 */
@Singleton
public class SessionIdentity implements SecurityIdentityAugmentor, Handler<RoutingContext> {
    /** Form authentication's and WebAuthn's, unless they are configured. */
    private static final String CREDENTIAL = "quarkus-credential";

    /** What names of OIDC's cookies begin with: a tenant's name and the number of a chunk may follow. */
    private static final String OIDC = "q_session";

    /** What a challenge after a logout was caused by; not every application has the class. */
    private static final String LOGOUT = "io.quarkus.oidc.runtime.LogoutException";

    private static final String AUTHENTICATED = SessionIdentity.class.getName();

    private final Set<String> credentials;

    SessionIdentity() {
        this(ConfigProvider.getConfig());
    }

    private SessionIdentity(Config config) {
        this.credentials = new HashSet<>();
        for (String mechanism : List.of("http.auth.form", "webauthn")) {
            credentials.add(config.getOptionalValue("quarkus." + mechanism + ".cookie-name", String.class)
                    .orElse(CREDENTIAL));
        }
    }

    /**
     * Looks at a request before the application does, so that nobody sees somebody else's session.
     *
     * @param routing a request behind authentication, if there is any
     */
    @Override
    public void handle(RoutingContext routing) {
        String principal = principal(routing);
        if (principal != null) {
            DynamoSessionHandler.claim(routing, principal);
        } else {
            Uni<SecurityIdentity> deferred = routing.get(QuarkusHttpUser.DEFERRED_IDENTITY_KEY);
            if (deferred != null && !(routing.user() instanceof QuarkusHttpUser)) {
                routing.put(QuarkusHttpUser.DEFERRED_IDENTITY_KEY, deferred.invoke(identity -> {
                    String resolved = name(identity);
                    if (resolved != null) {
                        DynamoSessionHandler.claim(routing, resolved);
                    }
                }));
            }
        }
        routing.next();
    }

    /**
     * Looks at a request before its session is saved.
     *
     * @param routing a request that has a session
     */
    void beforeSave(RoutingContext routing) {
        String principal = principal(routing);
        CredentialCookies cookies = new CredentialCookies(routing);
        if (cookies.areTakenAway()) {
            if (!isLapsed(routing)) {
                DynamoSessionHandler.logout(routing, principal != null);
            }
            return;
        }
        if (principal == null && cookies.areSet()) {
            principal = name(authenticated(routing));
            if (principal != null) {
                DynamoSessionHandler.login(routing, principal);
            }
        } else if (principal != null) {
            DynamoSessionHandler.claim(routing, principal);
        }
    }

    /** Whether the response, as it is now, logs a user out. */
    boolean isLogout(RoutingContext routing) {
        return new CredentialCookies(routing).areTakenAway() && !isLapsed(routing);
    }

    /** Whether the cookie is taken away because OIDC sends the user to the provider: whoever comes back decides. */
    private static boolean isLapsed(RoutingContext routing) {
        AuthenticationFailedException failure = HttpSecurityUtils.getAuthenticationFailureFromEvent(routing);
        return failure != null
                && (failure.getCause() == null
                        || !failure.getCause().getClass().getName().equals(LOGOUT));
    }

    /** Who was authenticated in this request last; null: nobody. */
    static @Nullable SecurityIdentity authenticated(RoutingContext routing) {
        return routing.get(AUTHENTICATED);
    }

    private static @Nullable String principal(RoutingContext routing) {
        return routing.user() instanceof QuarkusHttpUser user ? name(user.getSecurityIdentity()) : null;
    }

    private static @Nullable String name(@Nullable SecurityIdentity identity) {
        return identity == null || identity.isAnonymous()
                ? null
                : identity.getPrincipal().getName();
    }

    /**
     * After all others: what they made of the identity is what counts.
     *
     * @return the lowest priority
     */
    @Override
    public int priority() {
        return Integer.MIN_VALUE;
    }

    @Override
    public Uni<SecurityIdentity> augment(SecurityIdentity identity, AuthenticationRequestContext context) {
        return Uni.createFrom().item(identity);
    }

    /**
     * Remembers who was authenticated, for the time of the request: the request that logs in has no
     * identity itself.
     *
     * @param identity who
     * @param context not used
     * @param attributes of the authentication; the request is among them
     * @return {@code identity} as it is
     */
    @Override
    public Uni<SecurityIdentity> augment(
            SecurityIdentity identity, AuthenticationRequestContext context, Map<String, Object> attributes) {
        RoutingContext routing = HttpSecurityUtils.getRoutingContextAttribute(attributes);
        if (routing != null && !identity.isAnonymous()) {
            routing.put(AUTHENTICATED, identity);
        }
        return Uni.createFrom().item(identity);
    }

    /** What a response does to the cookies by which Quarkus recognizes users. */
    private final class CredentialCookies {
        private boolean set;
        private boolean gone;
        private boolean oidcSet;
        private boolean oidcGone;

        CredentialCookies(RoutingContext routing) {
            for (Cookie cookie : routing.request().cookies()) {
                // What the client sent is among them, unchanged.
                if (cookie instanceof ServerCookie answered && answered.isChanged()) {
                    note(cookie.getName(), isGone(cookie.getValue(), cookie.getMaxAge() == 0));
                }
            }
            for (String header : routing.response().headers().getAll(HttpHeaders.SET_COOKIE)) {
                // Quarkus REST writes cookies into headers, past the cookies of Vert.x.
                io.netty.handler.codec.http.cookie.Cookie cookie = ClientCookieDecoder.LAX.decode(header);
                if (cookie != null) {
                    note(cookie.name(), isGone(cookie.value(), isOver(cookie)));
                }
            }
        }

        private void note(String name, boolean isGone) {
            if (credentials.contains(name)) {
                set |= !isGone;
                gone |= isGone;
            } else if (name.startsWith(OIDC)) {
                oidcSet |= !isGone;
                oidcGone |= isGone;
            }
        }

        boolean areSet() {
            return set || oidcSet;
        }

        boolean areTakenAway() {
            // A login through OIDC takes former cookies away, too: there may be more of them than new ones.
            return gone || (oidcGone && !oidcSet);
        }

        /** Max-Age, or Expires in its place. */
        private static boolean isOver(io.netty.handler.codec.http.cookie.Cookie cookie) {
            return cookie.maxAge() != io.netty.handler.codec.http.cookie.Cookie.UNDEFINED_MAX_AGE
                    && cookie.maxAge() <= 0;
        }

        private static boolean isGone(@Nullable String value, boolean over) {
            return over || value == null || value.isEmpty();
        }
    }
}
