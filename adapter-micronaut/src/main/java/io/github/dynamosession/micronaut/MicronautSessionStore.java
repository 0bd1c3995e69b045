// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.Arrival;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.SessionConflictException;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.UnsupportedFormatException;
import io.github.dynamosession.web.SessionExchange;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Primary;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.context.ServerRequestContext;
import io.micronaut.session.InMemorySessionStore;
import io.micronaut.session.SessionStore;
import io.micronaut.session.http.HttpSessionConfiguration;
import io.micronaut.session.http.HttpSessionFilter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The framework's session store over the engine. Made at the start, so that a wrong setting is found then. */
@Context
@Primary
@Replaces(InMemorySessionStore.class)
final class MicronautSessionStore implements SessionStore<MicronautSession> {
    private static final Logger LOG = LoggerFactory.getLogger(MicronautSessionStore.class);

    private final SessionManager manager;
    private final ConversionService conversions;
    private final MicronautSessionCookie cookie;
    private final @Nullable StorableForm storableForm;

    MicronautSessionStore(
            SessionManager manager,
            ConversionService conversions,
            HttpSessionConfiguration http,
            Optional<StorableForm> storableForm) {
        this.manager = manager;
        this.cookie = new MicronautSessionCookie(http);
        this.conversions = conversions;
        this.storableForm = storableForm.orElse(null);
    }

    MicronautSessionCookie cookie() {
        return cookie;
    }

    @Override
    public MicronautSession newSession() {
        MicronautSession.Head head = new MicronautSession.Head();
        SessionExchange exchange = exchange(manager.arrival(null), head);
        // Nobody named one: done on return.
        exchange.async().open(List.of(), List.of());
        return MicronautSession.of(exchange.make(), exchange, head, conversions, storableForm);
    }

    private SessionExchange exchange(Arrival arrival, MicronautSession.Head head) {
        return SessionExchange.deferred(manager, cookie.age(), arrival, head);
    }

    @Override
    public CompletableFuture<Optional<MicronautSession>> findSession(String id) {
        return findSession(List.of(id), manager.arrival(null));
    }

    /** Takes note of a request when it comes. */
    Arrival arrival(HttpRequest<?> request) {
        return manager.arrival(request.getHeaders().get("Sec-Fetch-Mode"));
    }

    /** The first session that one of several ids names. */
    CompletableFuture<Optional<MicronautSession>> findSession(List<String> ids, Arrival arrival) {
        MicronautSession.Head head = new MicronautSession.Head();
        SessionExchange exchange = exchange(arrival, head);
        // Micronaut's filter saves every session that it finds; one that stands in for a store is used, too.
        exchange.used();
        return exchange.async()
                .open(ids, List.of())
                .thenApply(opened ->
                        opened.map(session -> MicronautSession.of(session, exchange, head, conversions, storableForm)))
                .exceptionally(failure -> {
                    if (failure.getCause() instanceof UnsupportedFormatException e) {
                        // Of a newer release: the user starts anew rather than being locked out.
                        LOG.warn("A session cannot be read and is treated as absent: {}", e.getMessage());
                        return Optional.empty();
                    }
                    throw failure instanceof CompletionException e ? e : new CompletionException(failure);
                })
                .toCompletableFuture();
    }

    @Override
    public CompletableFuture<MicronautSession> save(MicronautSession session) {
        SessionExchange exchange = session.exchange();
        CompletionStage<?> done =
                exchange == null ? savedForListener(session) : exchange.async().commit();
        return done.thenApply(saved -> session).toCompletableFuture();
    }

    private CompletionStage<?> savedForListener(MicronautSession session) {
        return session.isExpired()
                ? manager.endAsync(session.session())
                : manager.saveAsync(session.session()).thenAccept(outcome -> {
                    if (outcome == SaveOutcome.CONFLICT) {
                        throw new SessionConflictException();
                    }
                });
    }

    @Override
    public CompletableFuture<Boolean> deleteSession(String id) {
        Optional<MicronautSession> own = ServerRequestContext.currentRequest()
                .flatMap(request -> request.getAttribute(HttpSessionFilter.SESSION_ATTRIBUTE, MicronautSession.class))
                .filter(session -> session.getId().equals(id));
        if (own.isPresent()) {
            own.get().end();
            return manager.endAsync(own.get().session())
                    .thenApply(MicronautSessionStore::wasThere)
                    .toCompletableFuture();
        }
        return manager.openAsync(id)
                .thenCompose(opened -> opened.isEmpty()
                        ? CompletableFuture.completedStage(false)
                        : manager.endAsync(opened.get()).thenApply(MicronautSessionStore::wasThere))
                .toCompletableFuture();
    }

    private static boolean wasThere(DeleteOutcome outcome) {
        return outcome != DeleteOutcome.ABSENT;
    }
}
