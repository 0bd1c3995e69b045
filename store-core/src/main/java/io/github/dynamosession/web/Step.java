// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import io.github.dynamosession.Arrival;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One operation of the manager that a {@link Plan} asks for: the only I/O of an exchange. */
sealed interface Step {
    /** Does it in the calling thread; the outcome. */
    Object now(SessionManager manager);

    /** Does it without blocking. */
    CompletionStage<?> later(SessionManager manager);

    /** The session that it is about; null: the one that it looks for. */
    default @Nullable Session session() {
        return null;
    }

    /** What it is, for the log. */
    String name();

    record Open(List<String> candidates, Arrival arrival) implements Step {
        @Override
        public Object now(SessionManager manager) {
            return manager.openAny(candidates, arrival);
        }

        @Override
        public CompletionStage<?> later(SessionManager manager) {
            return manager.openAnyAsync(candidates, arrival);
        }

        @Override
        public String name() {
            return "open";
        }

        @Override
        public String toString() {
            return "Open";
        }
    }

    record ChangeId(Session session, NewId why) implements Step {
        @Override
        public Object now(SessionManager manager) {
            return manager.changeId(session, why.reason());
        }

        @Override
        public CompletionStage<?> later(SessionManager manager) {
            return manager.changeIdAsync(session, why.reason());
        }

        @Override
        public String name() {
            return "id change";
        }
    }

    record End(Session session, SessionExchange.Hooks hooks) implements Step {
        @Override
        public Object now(SessionManager manager) {
            return manager.end(session, hooks::ended);
        }

        @Override
        public CompletionStage<?> later(SessionManager manager) {
            return manager.endAsync(session, hooks::ended);
        }

        @Override
        public String name() {
            return "end";
        }
    }

    record Unlock(Session session) implements Step {
        @Override
        public Object now(SessionManager manager) {
            manager.unlock(session);
            return true;
        }

        @Override
        public CompletionStage<?> later(SessionManager manager) {
            return manager.unlockAsync(session);
        }

        @Override
        public String name() {
            return "unlock";
        }
    }

    record Save(Session session) implements Step {
        @Override
        public Object now(SessionManager manager) {
            return manager.save(session);
        }

        @Override
        public CompletionStage<?> later(SessionManager manager) {
            return manager.saveAsync(session);
        }

        @Override
        public String name() {
            return "save";
        }
    }
}
