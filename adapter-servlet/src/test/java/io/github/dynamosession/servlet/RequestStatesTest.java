// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Arrival;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionCodec;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("jdk25")
@DisplayName("The state of a request that is dispatched again")
class RequestStatesTest {
    private final RequestStates states = new RequestStates();

    /** A container's request whose id can change, as that of a request object that is used again. */
    private static ServletRequest request(AtomicReference<@Nullable String> id) {
        return proxy(ServletRequest.class, "getRequestId", id);
    }

    private static <T> T proxy(Class<T> type, String method, AtomicReference<@Nullable String> answer) {
        return type.cast(Proxy.newProxyInstance(
                RequestStatesTest.class.getClassLoader(), new Class<?>[] {type}, (self, called, arguments) -> {
                    if (called.getName().equals(method)) {
                        return answer.get();
                    }
                    throw new UnsupportedOperationException(called.getName());
                }));
    }

    private RequestState state() {
        SessionCodec codec = new SessionCodec() {
            @Override
            public int format() {
                return 64;
            }

            @Override
            public byte[] encode(Object value) {
                return new byte[0];
            }

            @Override
            public Object decode(byte[] bytes, Type type) {
                return "";
            }
        };
        ServletContext context = (ServletContext) Proxy.newProxyInstance(
                RequestStatesTest.class.getClassLoader(),
                new Class<?>[] {ServletContext.class},
                (self, called, arguments) -> called.getName().equals("getContextPath") ? "" : null);
        Optional<String> unset = Optional.empty();
        ContainerSessions containers = new ContainerSessions(context, false);
        return new RequestState(
                SessionManager.builder(new InMemorySessionStore()).codec(codec).build(),
                new Arrival(Instant.EPOCH, false),
                new SessionCookie(
                        context,
                        new io.github.dynamosession.settings.CookieSettings(
                                unset,
                                unset,
                                unset,
                                Optional.empty(),
                                Optional.empty(),
                                unset,
                                Optional.empty(),
                                Optional.empty()),
                        containers),
                new SessionUrls(false, "jsessionid", ""),
                containers,
                new SessionEvents(java.util.List.of()),
                context,
                states,
                Unstored.NOTHING);
    }

    @Test
    @DisplayName("is found by the container's request, whatever is wrapped around it")
    void found() {
        ServletRequest request = request(new AtomicReference<>("1"));
        RequestState state = state();
        states.remember(new ServletRequestWrapper(request), state);
        assertThat(states.find(request)).isSameAs(state);
        assertThat(states.find(new ServletRequestWrapper(new ServletRequestWrapper(request))))
                .isSameAs(state);
        assertThat(states.find(request(new AtomicReference<>("1")))).isNull();
    }

    @Test
    @DisplayName("is not found by the next request in the same object")
    void usedAgain() {
        AtomicReference<@Nullable String> id = new AtomicReference<>("1");
        ServletRequest request = request(id);
        states.remember(request, state());
        id.set("2");
        assertThat(states.find(request)).isNull();
        id.set(null);
        assertThat(states.find(request)).isNull();
    }

    @Test
    @DisplayName("is forgotten when the container is through with it")
    void forgotten() {
        ServletRequest request = request(new AtomicReference<>("1"));
        states.remember(request, state());
        states.forget(new ServletRequestWrapper(request));
        assertThat(states.find(request)).isNull();
    }

    @Test
    @DisplayName("is not kept if the container gives requests no ids")
    void withoutId() {
        ServletRequest request = request(new AtomicReference<>(null));
        states.remember(request, state());
        assertThat(states.find(request)).isNull();
    }
}
