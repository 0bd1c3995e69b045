// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UpdateOutcome;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Costs nothing: finds whatever was created last. */
final class OneSessionStore implements SessionStore {
    private @Nullable StoredSession last;

    StoredSession last() {
        return Objects.requireNonNull(last, "nothing was created");
    }

    @Override
    public boolean isBlocking() {
        return true;
    }

    @Override
    public CompletionStage<FindOutcome> find(SessionKey key) {
        return CompletableFuture.completedFuture(new FindOutcome.Found(last()));
    }

    @Override
    public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
        last = session;
        return CompletableFuture.completedFuture(new CreateOutcome.Written(1));
    }

    @Override
    public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
        return CompletableFuture.completedFuture(new UpdateOutcome.Written(2));
    }

    @Override
    public CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<DeleteOutcome> delete(SessionKey key) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
