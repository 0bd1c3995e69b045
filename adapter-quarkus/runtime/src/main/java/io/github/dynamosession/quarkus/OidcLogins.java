// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.Concurrency;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.UnavailablePolicy;
import io.github.dynamosession.UnreadablePolicy;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.vertx.DynamoSessionHandler;
import io.quarkus.arc.All;
import io.vertx.core.Vertx;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The logins by OpenID Connect: the tokens of each are an entry of their own, beside the sessions in the same store,
 * in the namespace {@code oidc}. There if the application has the extension {@code quarkus-oidc} and no {@code
 * TokenStateManager} of its own.
 */
@Singleton
public class OidcLogins {
    static final String NAMESPACE = "oidc";

    /** How often the tokens were refreshed; behind it, while a request does it, until when and which. */
    private static final String REFRESH = "refresh";

    private final SessionManager logins;
    private final SessionManager sessions;

    OidcLogins(QuarkusSessionBeans beans, SessionManager sessions, @All List<SessionObserver> observers, Vertx vertx) {
        SessionSettings settings = beans.settings();
        this.sessions = sessions;
        this.logins = DynamoSessionHandler.prepare(SessionManager.builder(settings), vertx)
                .usedBy("Quarkus OIDC", null)
                .namespace(settings.text("namespace")
                        .map(outer -> outer + "/" + NAMESPACE)
                        .orElse(NAMESPACE))
                .store(sessions.store())
                .codec(sessions.codec())
                .observer(SessionObserver.all(observers))
                .sweepInterval(null)
                // Lives as long as its cookie, which is set anew with new tokens only.
                .touchInterval(Duration.ZERO)
                // Each request needs all of them.
                .partsAbove(null)
                .concurrency(Concurrency.MERGE)
                .unreadableAttributes(UnreadablePolicy.HIDE)
                .storeUnavailable(UnavailablePolicy.FAIL)
                .builtAgain(true)
                .build();
    }

    /**
     * Logs a user out everywhere: ends the OIDC logins of all browsers, and then all sessions. Needs {@code
     * dynamosession.indexes=principal}. What {@link SessionManager#endAllBy} says of logins in the last moments, and of
     * {@code index-marks}, holds here.
     *
     * @param principal the name, {@code SecurityIdentity.getPrincipal().getName()}
     * @return how many logins and sessions this ended
     * @throws IllegalArgumentException if the store has no index {@value SessionManager#PRINCIPAL}
     * @throws io.github.dynamosession.spi.SessionStoreException if the store failed; can be called again
     */
    public int endAll(String principal) {
        return logins.endAllBy(SessionManager.PRINCIPAL, principal)
                + sessions.endAllBy(SessionManager.PRINCIPAL, principal);
    }

    /**
     * Like {@link #endAll}, without blocking.
     *
     * @param principal the name
     * @return what {@link #endAll} returns
     */
    public CompletionStage<Integer> endAllAsync(String principal) {
        return logins.endAllByAsync(SessionManager.PRINCIPAL, principal, null)
                .thenCompose(ended -> sessions.endAllByAsync(SessionManager.PRINCIPAL, principal, null)
                        .thenApply(more -> ended + more));
    }

    Session fresh() {
        Session login = logins.newSession();
        login.set(REFRESH, "0");
        return login;
    }

    CompletionStage<Optional<Session>> open(String cookieValue) {
        return logins.openAsync(cookieValue).thenApply(found -> found.filter(login -> !login.isDetached()));
    }

    CompletionStage<SaveOutcome> save(Session login) {
        return logins.saveAsync(login);
    }

    CompletionStage<?> end(Session login) {
        return logins.endAsync(login);
    }

    /** How often the tokens were refreshed, as this session saw it. */
    static int refreshes(Session login) {
        return refresh(login).count();
    }

    static boolean isFailing(Session login, long now) {
        Refresh refresh = refresh(login);
        return refresh.isFailed() && refresh.until() > now;
    }

    /** With the next save, the tokens are new. */
    static void refreshed(Session login) {
        login.set(REFRESH, String.valueOf(refreshes(login) + 1));
    }

    /**
     * Takes the right to refresh the tokens, which one request has at a time. It ends with the new tokens, and at the
     * latest after a while: its holder may have died.
     *
     * @return whether the caller has it; never if others have refreshed the tokens that {@code login} has
     */
    CompletionStage<Boolean> lease(Session login, long now, Duration duration) {
        int count = refreshes(login);
        String mine =
                new Refresh(count, now + duration.toMillis(), UUID.randomUUID().toString()).text();
        login.compute(REFRESH, String.class, held -> {
            Refresh other = Refresh.of(held.orElse("0"));
            return other.count() != count || other.until() > now ? held.orElse("0") : mine;
        });
        if (!mine.equals(text(login))) {
            return CompletableFuture.completedStage(false);
        }
        return save(login).thenApply(outcome -> outcome == SaveOutcome.SAVED && mine.equals(text(login)));
    }

    /** Gives the right back because the provider did not answer, for others to try again after a while. */
    CompletionStage<SaveOutcome> failed(Session login, long now, Duration pause) {
        login.set(REFRESH, new Refresh(refreshes(login), now + pause.toMillis(), Refresh.FAILED).text());
        return save(login);
    }

    private static Refresh refresh(Session login) {
        return Refresh.of(text(login));
    }

    private static String text(Session login) {
        return login.get(REFRESH, String.class).orElse("0");
    }

    private record Refresh(int count, long until, String owner) {
        private static final String FAILED = "-";

        static Refresh of(String text) {
            String[] parts = text.split(" ", 3);
            return parts.length < 3
                    ? new Refresh(Integer.parseInt(parts[0]), 0, "")
                    : new Refresh(Integer.parseInt(parts[0]), Long.parseLong(parts[1]), parts[2]);
        }

        String text() {
            return count + " " + until + " " + owner;
        }

        boolean isFailed() {
            return owner.equals(FAILED);
        }
    }
}
