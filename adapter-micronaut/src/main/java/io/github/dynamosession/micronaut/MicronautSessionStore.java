// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.Arrival;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.UnsupportedFormatException;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Primary;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.context.ServerRequestContext;
import io.micronaut.session.InMemorySessionStore;
import io.micronaut.session.SessionStore;
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
    private final @Nullable StorableForm storableForm;

    MicronautSessionStore(SessionManager manager, ConversionService conversions, Optional<StorableForm> storableForm) {
        this.manager = manager;
        this.conversions = conversions;
        this.storableForm = storableForm.orElse(null);
    }

    @Override
    public MicronautSession newSession() {
        return MicronautSession.fresh(manager.newSession(), conversions, storableForm);
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
        return manager.openAnyAsync(ids, arrival)
                .thenApply(opened -> opened.map(session -> MicronautSession.found(session, conversions, storableForm)))
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
        CompletionStage<MicronautSession> done;
        if (session.isEnding()) {
            done = manager.endAsync(session.session()).thenApply(outcome -> session);
        } else if (session.isNewIdWanted() && !session.session().isEnded()) {
            done = manager.changeIdAsync(session.session()).thenCompose(outcome -> {
                session.hasNewId();
                return written(session);
            });
        } else {
            done = written(session);
        }
        return done.toCompletableFuture();
    }

    /**
     * Saves what was changed too late for a cookie.
     *
     * @throws IllegalStateException (in the stage) if the session is to have another id, which the client could not be
     *     told; nothing is stored then, for a login must not be known under the former id
     */
    CompletableFuture<MicronautSession> saveAfterTheHead(MicronautSession session) {
        if (!session.isNewIdWanted() || session.isEnding()) {
            return save(session);
        }
        IllegalStateException tooLate = new IllegalStateException(
                "the session cannot get another id after the head of the response was sent: change it, or log in,"
                        + " before the stream is returned");
        manager.withhold(session.session(), tooLate);
        return CompletableFuture.failedFuture(tooLate);
    }

    private CompletionStage<MicronautSession> written(MicronautSession session) {
        return manager.saveAsync(session.session()).thenApply(outcome -> {
            if (outcome == SaveOutcome.CONFLICT) {
                throw new SessionConflictException();
            }
            session.saved(outcome);
            return session;
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
