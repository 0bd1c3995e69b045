// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import io.github.dynamosession.Arrival;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** One operation of the manager that a {@link Plan} asks for: the only I/O of an exchange. */
sealed interface Step {
    /** Does it in the calling thread; the outcome. */
    Object now(SessionManager manager);

    /** Does it without blocking. */
    CompletionStage<?> later(SessionManager manager);

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
    }
}
