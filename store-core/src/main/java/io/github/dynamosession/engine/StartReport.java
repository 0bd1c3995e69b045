// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.StartCheckPolicy;
import io.github.dynamosession.spi.CheckableSessionStore;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says at the start where sessions are kept, and tries whether they can be. */
public final class StartReport {
    private static final Logger LOG = LoggerFactory.getLogger(StartReport.class);

    private StartReport() {}

    /** Where a store keeps sessions. */
    public static String location(SessionStore store) {
        return store instanceof CheckableSessionStore checkable
                ? checkable.location()
                : store.getClass().getSimpleName();
    }

    /** For the line at the start: why the store is not tried although it should be; empty if it is. */
    public static String untried(SessionStore store, StartCheckPolicy policy) {
        String snapshot = policy != StartCheckPolicy.OFF && store instanceof CheckableSessionStore
                ? Snapshots.beingTaken()
                : null;
        return snapshot == null ? "" : "; the store is not tried, because this start makes " + snapshot;
    }

    /**
     * Tries the store, unless this start is to be frozen and thawed elsewhere.
     *
     * @return what is wrong; null: nothing
     */
    public static @Nullable String check(SessionStore store, SessionKey probe, StartCheckPolicy policy) {
        if (policy == StartCheckPolicy.OFF
                || !(store instanceof CheckableSessionStore checkable)
                || Snapshots.beingTaken() != null) {
            return null;
        }
        try {
            checkable.check(probe).toCompletableFuture().join();
            return null;
        } catch (CompletionException e) {
            Throwable cause = SessionEngine.unwrap(e);
            LOG.debug("The check at the start failed", cause);
            return "sessions cannot be kept in " + checkable.location() + ": " + cause.getMessage();
        }
    }
}
