// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A handler of failures")
class StoreFailureHandlerTest {
    private final SessionStore memory = new InMemorySessionStore(Clock.systemUTC());
    private final SessionStoreException down = new SessionStoreException("down", null, false);
    private final List<StoreFailureHandler.Operation> asked = new ArrayList<>();
    private boolean failing;

    private SessionManager manager(StoreFailureHandler handler) {
        SessionStore store = (SessionStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {SessionStore.class}, (self, method, arguments) -> {
                    if (failing && method.getReturnType() == CompletionStage.class) {
                        return CompletableFuture.failedStage(down);
                    }
                    try {
                        return method.invoke(memory, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return SessionManager.builder(store)
                .codec(new SerializingCodec())
                .storeFailures((operation, failure) -> {
                    asked.add(operation);
                    return handler.handle(operation, failure);
                })
                .build();
    }

    private Session stored(SessionManager sessions) {
        Session session = sessions.newSession();
        session.set("a", 1);
        sessions.save(session);
        return sessions.open(session.cookieValue()).orElseThrow();
    }

    @Test
    @DisplayName("may let failures through")
    void rethrows() {
        SessionManager sessions = manager((operation, failure) -> Optional.of(failure));
        Session session = stored(sessions);
        failing = true;
        assertThatThrownBy(() -> sessions.open(session.cookieValue())).isSameAs(down);
        session.set("a", 2);
        assertThatThrownBy(() -> sessions.save(session)).isSameAs(down);
        assertThat(asked).containsExactly(StoreFailureHandler.Operation.OPEN, StoreFailureHandler.Operation.SAVE);
    }

    @Test
    @DisplayName("may answer with exceptions of the application, or throw them")
    void maps() {
        SessionManager sessions = manager((operation, failure) -> {
            if (operation == StoreFailureHandler.Operation.SAVE) {
                throw new IllegalStateException("try again later", failure);
            }
            return Optional.of(new UnsupportedOperationException("closed"));
        });
        Session session = stored(sessions);
        failing = true;
        assertThatThrownBy(() -> sessions.open(session.cookieValue()))
                .isInstanceOf(UnsupportedOperationException.class);
        session.set("a", 2);
        assertThatThrownBy(() -> sessions.save(session))
                .isInstanceOf(IllegalStateException.class)
                .hasCause(down);
    }

    @Test
    @DisplayName("may swallow them, and what was changed is saved when the store is back")
    void swallows() {
        SessionManager sessions = manager((operation, failure) -> Optional.empty());
        Session session = stored(sessions);
        failing = true;
        assertThat(sessions.open(session.cookieValue()).orElseThrow().isDetached())
                .isTrue();
        session.set("a", 2);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNAVAILABLE);
        failing = false;
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
    }

    @Test
    @DisplayName("is not asked for ends and changes of the id, which fail")
    void neverLogsOutQuietly() {
        SessionManager sessions = manager((operation, failure) -> Optional.empty());
        Session session = stored(sessions);
        failing = true;
        assertThatThrownBy(() -> sessions.changeId(session)).isSameAs(down);
        assertThatThrownBy(() -> sessions.end(session)).isSameAs(down);
        assertThat(asked).isEmpty();
    }
}
