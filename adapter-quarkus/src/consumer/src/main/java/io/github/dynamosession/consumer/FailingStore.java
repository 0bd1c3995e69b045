// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.consumer;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UpdateOutcome;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A store of the application's own, in which sessions are made but never changed. */
@Alternative
@Singleton
public class FailingStore implements SessionStore {
    private final SessionStore memory = new InMemorySessionStore();

    @Override
    public boolean isBlocking() {
        return false;
    }

    @Override
    public CompletionStage<FindOutcome> find(SessionKey key) {
        return memory.find(key);
    }

    @Override
    public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
        return memory.create(key, session);
    }

    @Override
    public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
        return CompletableFuture.failedStage(new SessionStoreException("down", null, false));
    }

    @Override
    public CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        return CompletableFuture.failedStage(new SessionStoreException("down", null, false));
    }

    @Override
    public CompletionStage<DeleteOutcome> delete(SessionKey key) {
        return memory.delete(key);
    }

    @Override
    public void close() {
        memory.close();
    }
}
