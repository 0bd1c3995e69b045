// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import static io.netty.handler.codec.http.cookie.Cookie.UNDEFINED_MAX_AGE;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.crypto.PrincipalHash;
import io.quarkus.oidc.AuthorizationCodeTokens;
import io.quarkus.oidc.OIDCException;
import io.quarkus.oidc.OidcRequestContext;
import io.quarkus.oidc.OidcTenantConfig;
import io.quarkus.oidc.TokenStateManager;
import io.quarkus.oidc.runtime.CodeAuthenticationMechanism;
import io.quarkus.oidc.runtime.OidcUtils;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.HttpSecurityUtils;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.impl.ServerCookie;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the tokens of OpenID Connect in the store. The cookie holds the signed id of their entry and, behind {@code ~},
 * how often they had been refreshed when it was set.
 *
 * <p>The mechanism asks for the tokens, refreshes them at the provider if the ID token is over, then deletes the former
 * and creates new ones. Here a refresh keeps the entry and its id: what is created replaces what is there, in one write.
 * Who is given tokens that have to be refreshed has taken the right to do so before; others wait for the new ones.
 */
@Alternative
@Priority(0) // An application's own have 1 or more.
@Singleton
final class DynamoTokenStateManager implements TokenStateManager {
    private static final String REQUEST = DynamoTokenStateManager.class.getName();

    /** Set by the mechanism when it has new tokens; if it is set, it does not refresh ahead of time. */
    private static final String REFRESHED = "refresh_token_grant_response";

    private static final String TENANT = "tenant";
    private static final String ID_TOKEN = "id_token";
    private static final String ACCESS_TOKEN = "access_token";
    private static final String REFRESH_TOKEN = "refresh_token";
    private static final String EXPIRES_IN = "expires_in";
    private static final String SCOPE = "scope";

    /** When the ID token is over, in epoch seconds. */
    private static final String EXPIRES_AT = "expires_at";

    private static final char COUNT = '~';

    /** Tokens that are over in less may be so when the mechanism looks: rather wait until they surely are. */
    private static final long SOON = 200;

    private static final long POLL = 100;

    /** Beyond the time that the mechanism gives the provider. */
    private static final Duration STORING = Duration.ofSeconds(5);

    /** So long nobody asks a provider that did not answer: requests are answered with 503 instead. */
    private static final Duration RESPITE = Duration.ofSeconds(1);

    /** An answer of the token endpoint that says no; others say nothing about the refresh token. */
    private static final Pattern REFUSAL = Pattern.compile("Error status: ?4\\d\\d|.*\"error\"\\s*:.*", Pattern.DOTALL);

    private static final int UNAUTHORIZED = 401;
    private static final int UNAVAILABLE = 503;

    private final OidcLogins logins;

    DynamoTokenStateManager(OidcLogins logins) {
        this.logins = logins;
    }

    /** What one request has to do with tokens. */
    private static final class Request {
        /** As the cookie has it; empty if there was none. */
        final String state;

        @Nullable
        Session login;

        boolean leased;

        /** Whether others refresh tokens that are still valid. */
        boolean spared;

        boolean stored;

        @Nullable
        Throwable storeFailure;

        Request(String state) {
            this.state = state;
        }
    }

    @Override
    public Uni<AuthorizationCodeTokens> getTokens(
            RoutingContext routing,
            OidcTenantConfig config,
            String tokenState,
            OidcRequestContext<AuthorizationCodeTokens> requestContext) {
        Request request = new Request(tokenState);
        routing.put(REQUEST, request);
        return uni(routing, request, () -> tokens(routing, request, config));
    }

    private CompletionStage<AuthorizationCodeTokens> tokens(
            RoutingContext routing, Request request, OidcTenantConfig config) {
        String state = request.state;
        return logins.open(cookieValue(state)).thenCompose(found -> {
            Session login = found.orElse(null);
            if (login == null || !text(login, TENANT).equals(tenant(config))) {
                return CompletableFuture.failedStage(
                        new AuthenticationFailedException("the login has ended, or there was none"));
            }
            request.login = login;
            if (!state.endsWith(COUNT + String.valueOf(OidcLogins.refreshes(login)))) {
                resend(routing, login, config);
            }
            return usable(routing, request, login, config);
        });
    }

    /** Tokens that are valid, or that this request is to refresh, alone. */
    private CompletionStage<AuthorizationCodeTokens> usable(
            RoutingContext routing, Request request, Session login, OidcTenantConfig config) {
        long now = System.currentTimeMillis();
        long end = end(login, config);
        boolean over = now >= end;
        boolean nearlyOver = config.token()
                .refreshTokenTimeSkew()
                .filter(skew -> now / 1000 + skew.toSeconds() > end / 1000)
                .isPresent();
        if (!config.token().refreshExpired()
                || text(login, REFRESH_TOKEN).isEmpty()
                || (!over && !nearlyOver && now < end - SOON)) {
            return CompletableFuture.completedStage(tokens(login));
        }
        if (!over && !nearlyOver) {
            return pause(routing, end - now).thenCompose(later -> usable(routing, request, login, config));
        }
        if (OidcLogins.isFailing(login, now)) {
            return over ? CompletableFuture.failedStage(unavailable(null)) : spared(routing, request, login);
        }
        return logins.lease(login, now, config.connectionTimeout().plus(STORING))
                .thenCompose(mine -> {
                    request.leased = mine;
                    if (mine) {
                        return CompletableFuture.completedStage(tokens(login));
                    }
                    return over
                            ? pause(routing, POLL).thenCompose(later -> tokens(routing, request, config))
                            : spared(routing, request, login);
                });
    }

    private static CompletionStage<AuthorizationCodeTokens> spared(
            RoutingContext routing, Request request, Session login) {
        request.spared = true;
        routing.put(REFRESHED, true);
        return CompletableFuture.completedStage(tokens(login));
    }

    @Override
    public Uni<String> createTokenState(
            RoutingContext routing,
            OidcTenantConfig config,
            AuthorizationCodeTokens tokens,
            OidcRequestContext<String> requestContext) {
        Request former = routing.get(REQUEST);
        boolean refresh = isReplacing(routing, former);
        Request request = refresh ? former : new Request("");
        routing.put(REQUEST, request);
        return uni(routing, request, () -> {
                    Session login = refresh && former.login != null ? former.login : logins.fresh();
                    request.login = login;
                    if (refresh) {
                        OidcLogins.refreshed(login);
                    }
                    write(login, routing, config, tokens);
                    return logins.save(login).thenApply(outcome -> {
                        request.stored = true;
                        if (outcome != SaveOutcome.SAVED) {
                            throw new AuthenticationFailedException("the login has ended meanwhile");
                        }
                        return state(login);
                    });
                })
                .onFailure(failure -> !refresh && request.storeFailure != null)
                .invoke(failure -> routing.addHeadersEndHandler(head -> {
                    // The mechanism takes any failure of a login for the user's.
                    if (routing.response().getStatusCode() == UNAUTHORIZED) {
                        routing.response().setStatusCode(UNAVAILABLE);
                    }
                }));
    }

    private static void write(
            Session login, RoutingContext routing, OidcTenantConfig config, AuthorizationCodeTokens tokens) {
        login.set(TENANT, tenant(config));
        login.set(ID_TOKEN, tokens.getIdToken());
        login.set(ACCESS_TOKEN, tokens.getAccessToken());
        login.set(REFRESH_TOKEN, tokens.getRefreshToken());
        Long expiresIn = tokens.getAccessTokenExpiresIn();
        login.set(EXPIRES_IN, expiresIn == null ? null : expiresIn.toString());
        login.set(SCOPE, tokens.getAccessTokenScope());
        SecurityIdentity identity = SessionIdentity.authenticated(routing);
        if (identity != null) {
            login.set(
                    PrincipalHash.ATTRIBUTE,
                    PrincipalHash.of(identity.getPrincipal().getName()));
            if (identity.getPrincipal() instanceof JsonWebToken token) {
                login.set(EXPIRES_AT, String.valueOf(token.getExpirationTime()));
            }
        }
        Long seconds = routing.get(CodeAuthenticationMechanism.SESSION_MAX_AGE_PARAM);
        if (seconds != null) {
            login.setIdleTimeout(Duration.ofSeconds(seconds));
        }
    }

    @Override
    public Uni<Void> deleteTokens(
            RoutingContext routing,
            OidcTenantConfig config,
            String tokenState,
            OidcRequestContext<Void> requestContext) {
        Request request = routing.get(REQUEST);
        if (request != null && request.storeFailure != null) {
            restore(routing, request);
            return Uni.createFrom().failure(request.storeFailure);
        }
        if (tokenState.isEmpty() || isReplacing(routing, request)) {
            return Uni.createFrom().voidItem();
        }
        if (request != null && request.login == null && request.state.equals(tokenState)) {
            // There was none.
            return Uni.createFrom().voidItem();
        }
        AuthenticationFailedException failure = HttpSecurityUtils.getAuthenticationFailureFromEvent(routing);
        // A request may have cookies of several tenants.
        boolean same = request != null
                && request.login != null
                && cookieValue(tokenState).equals(request.login.cookieValue());
        Request known = same && request != null ? request : new Request(tokenState);
        Session login = known.login;
        if (failure != null && login != null && known.leased && isNoAnswer(routing, failure)) {
            restore(routing, known);
            return uni(routing, known, () -> logins.failed(login, System.currentTimeMillis(), RESPITE))
                    .replaceWith(Uni.createFrom().failure(unavailable(failure.getCause())));
        }
        forget(routing);
        return uni(routing, known, () -> end(routing, known, tokenState, failure != null))
                .onFailure()
                .invoke(unended -> restore(routing, known));
    }

    /** Of a challenge: only the tokens that it was made for. Others may have refreshed them meanwhile. */
    private CompletionStage<Void> end(RoutingContext routing, Request request, String tokenState, boolean challenge) {
        Session login = request.login;
        if (login != null && (!challenge || request.leased)) {
            return logins.end(login).thenApply(ended -> null);
        }
        return logins.open(cookieValue(tokenState)).thenCompose(found -> {
            Session stored = found.orElse(null);
            if (stored == null) {
                return CompletableFuture.completedStage(null);
            }
            if (login != null && OidcLogins.refreshes(stored) != OidcLogins.refreshes(login)) {
                restore(routing, request);
                return CompletableFuture.completedStage(null);
            }
            return logins.end(stored).thenApply(ended -> null);
        });
    }

    /** Whether the mechanism has new tokens and is about to replace the former. */
    private static boolean isReplacing(RoutingContext routing, @Nullable Request request) {
        return request != null
                && request.login != null
                && !request.spared
                && !request.stored
                && Boolean.TRUE.equals(routing.get(REFRESHED))
                && HttpSecurityUtils.getAuthenticationFailureFromEvent(routing) == null;
    }

    /** Whether a refresh failed without a word of the provider about the refresh token. */
    private static boolean isNoAnswer(RoutingContext routing, AuthenticationFailedException failure) {
        Throwable cause = failure.getCause();
        return !Boolean.TRUE.equals(routing.get(REFRESHED))
                && cause != null
                && !(cause instanceof InvalidJwtException)
                && !(cause instanceof AuthenticationFailedException)
                && !(cause instanceof OIDCException
                        && REFUSAL.matcher(String.valueOf(cause.getMessage())).matches());
    }

    private static HttpException unavailable(@Nullable Throwable cause) {
        return new HttpException(UNAVAILABLE, "the OpenID Connect provider does not answer", cause);
    }

    /** The browser keeps its cookie, which the mechanism has taken away. */
    private static void restore(RoutingContext routing, Request request) {
        cookies(routing).forEach(cookie -> {
            cookie.setValue(request.state);
            cookie.setMaxAge(UNDEFINED_MAX_AGE);
            cookie.setChanged(false);
        });
    }

    /** Nor does the browser get one that was to be sent once more. */
    private static void forget(RoutingContext routing) {
        cookies(routing).forEach(cookie -> {
            cookie.setValue("");
            cookie.setMaxAge(0);
        });
    }

    private static Stream<ServerCookie> cookies(RoutingContext routing) {
        List<String> names = routing.get(OidcUtils.SESSION_COOKIE_NAME);
        return names == null
                ? Stream.of()
                : routing.request().cookies().stream()
                        .filter(cookie -> names.contains(cookie.getName()))
                        .map(ServerCookie.class::cast);
    }

    /** For a browser that never saw the answer to a refresh: its cookie would end before the tokens. */
    private static void resend(RoutingContext routing, Session login, OidcTenantConfig config) {
        Duration left = login.idleTimeout()
                .map(timeout -> Duration.ofMillis(
                        login.lastAccessedAt().plus(timeout).toEpochMilli() - System.currentTimeMillis()))
                .orElse(Duration.ZERO);
        if (left.toSeconds() > 0) {
            OidcUtils.createCookie(
                            routing, config, OidcUtils.getSessionCookieName(config), state(login), left.toSeconds())
                    .setSameSite(CookieSameSite.valueOf(
                            config.authentication().cookieSameSite().name()));
        }
    }

    private static AuthorizationCodeTokens tokens(Session login) {
        String expiresIn = login.get(EXPIRES_IN, String.class).orElse(null);
        return new AuthorizationCodeTokens(
                login.get(ID_TOKEN, String.class).orElse(null),
                login.get(ACCESS_TOKEN, String.class).orElse(null),
                login.get(REFRESH_TOKEN, String.class).orElse(null),
                expiresIn == null ? null : Long.valueOf(expiresIn),
                login.get(SCOPE, String.class).orElse(null));
    }

    private static String cookieValue(String state) {
        int end = state.lastIndexOf(COUNT);
        return end < 0 ? state : state.substring(0, end);
    }

    private static String state(Session login) {
        return login.cookieValue() + COUNT + OidcLogins.refreshes(login);
    }

    /** When the mechanism takes the ID token for expired, in epoch milliseconds. */
    private static long end(Session login, OidcTenantConfig config) {
        String text = text(login, EXPIRES_AT);
        return text.isEmpty()
                ? Long.MAX_VALUE
                : (Long.parseLong(text) + config.token().lifespanGrace().orElse(0)) * 1000;
    }

    private static String text(Session login, String name) {
        return login.get(name, String.class).orElse("");
    }

    private static String tenant(OidcTenantConfig config) {
        return config.tenantId().orElse("");
    }

    private static CompletionStage<Void> pause(RoutingContext routing, long millis) {
        CompletableFuture<Void> over = new CompletableFuture<>();
        routing.vertx().setTimer(Math.max(1, millis), timer -> over.complete(null));
        return over;
    }

    /** On the context of the request; failures other than of the login are kept for the rest of it. */
    private static <T> Uni<T> uni(RoutingContext routing, Request request, Supplier<CompletionStage<T>> work) {
        Context context = routing.vertx().getOrCreateContext();
        return Uni.createFrom()
                .completionStage(work)
                .onFailure(failure -> !(failure instanceof AuthenticationFailedException))
                .invoke(failure -> request.storeFailure = failure)
                .emitOn(task -> context.runOnContext(run -> task.run()));
    }
}
