// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.DeleteOutcome;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A session behind a proxy")
class ProxiedSessionTest {
    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private final SessionManager sessions = SessionManager.builder(new InMemorySessionStore())
            .codec(new SerializingCodec())
            .executor(executor)
            .build();

    @AfterEach
    void shutDown() {
        executor.shutdownNow();
    }

    /** As a container's proxy: passes on every method, and only in the thread of its request. */
    private static Session proxy(Session target) {
        Thread request = Thread.currentThread();
        return (Session) Proxy.newProxyInstance(
                Session.class.getClassLoader(), new Class<?>[] {Session.class}, (proxy, method, arguments) -> {
                    if (Thread.currentThread() != request) {
                        throw new IllegalStateException("no request in this thread");
                    }
                    try {
                        return method.invoke(target, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private Session stored() {
        Session session = sessions.newSession();
        session.set("name", "before");
        sessions.save(session);
        return session;
    }

    @Test
    @DisplayName("is saved, also behind a second one and from another thread")
    void saved() {
        Session session = stored();
        Session proxy = proxy(proxy(session));
        proxy.set("name", "after");
        assertThat(sessions.save(proxy)).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.open(session.cookieValue()).orElseThrow().get("name"))
                .contains("after");
        proxy.remove("name");
        assertThat(sessions.saveAsync(proxy).toCompletableFuture().join()).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.open(session.cookieValue()).orElseThrow().names()).isEmpty();
    }

    @Test
    @DisplayName("is given another id")
    void moved() {
        Session proxy = proxy(stored());
        String first = proxy.cookieValue();
        assertThat(sessions.changeId(proxy)).isEqualTo(ChangeIdOutcome.CHANGED);
        String second = proxy.cookieValue();
        assertThat(second).isNotEqualTo(first);
        assertThat(sessions.changeIdAsync(proxy).toCompletableFuture().join()).isEqualTo(ChangeIdOutcome.CHANGED);
        assertThat(proxy.cookieValue()).isNotEqualTo(second);
        assertThat(sessions.open(proxy.cookieValue()).orElseThrow().get("name")).contains("before");
    }

    @Test
    @DisplayName("is ended, and listeners are told of the session, not of the proxy")
    void ended() {
        Session first = stored();
        Session second = stored();
        List<Session> told = new ArrayList<>();
        sessions.addListener(new SessionListener() {
            @Override
            public void sessionEnded(Session session) {
                told.add(session);
            }
        });
        assertThat(sessions.end(proxy(first), told::add)).isEqualTo(DeleteOutcome.DELETED);
        assertThat(first.isEnded()).isTrue();
        assertThat(sessions.endAsync(proxy(second)).toCompletableFuture().join())
                .isEqualTo(DeleteOutcome.DELETED);
        assertThat(told).containsExactly(first, first, second);
    }

    @Test
    @DisplayName("unwraps to itself if there is none")
    void itself() {
        Session session = sessions.newSession();
        assertThat(session.unwrapped()).isSameAs(session);
        assertThat(proxy(session).unwrapped()).isSameAs(session);
    }

    @Test
    @DisplayName("that leads to no session of this library is refused, with the class named")
    void foreign() {
        Session foreign = (Session) Proxy.newProxyInstance(
                Session.class.getClassLoader(), new Class<?>[] {Session.class}, (proxy, method, arguments) -> proxy);
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> sessions.save(foreign),
                () -> sessions.saveAsync(foreign),
                () -> sessions.changeId(foreign),
                () -> sessions.changeIdAsync(foreign),
                () -> sessions.end(foreign),
                () -> sessions.end(foreign, over -> {}),
                () -> sessions.endAsync(foreign))) {
            assertThatThrownBy(call)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(foreign.getClass().getName() + " is no session of a SessionManager")
                    .hasMessageContaining("unwrapped()");
        }
    }
}
