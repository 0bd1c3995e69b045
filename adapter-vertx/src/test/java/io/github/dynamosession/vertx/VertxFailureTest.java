// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A request that fails because of its session")
class VertxFailureTest {
    private final List<Object> failed = new ArrayList<>();

    private RoutingContext routing() {
        Object response = Proxy.newProxyInstance(
                VertxFailureTest.class.getClassLoader(),
                new Class<?>[] {HttpServerResponse.class},
                (self, called, given) -> self);
        return (RoutingContext) Proxy.newProxyInstance(
                VertxFailureTest.class.getClassLoader(),
                new Class<?>[] {RoutingContext.class},
                (self, called, given) -> {
                    if (called.getName().equals("fail")) {
                        failed.addAll(List.of(given));
                        return null;
                    }
                    return response;
                });
    }

    @Test
    @DisplayName("and will not the next time, fails with one line instead of a stack trace for each request")
    void passing() {
        VertxFailure.answer(
                routing(), new SessionStoreException("the store did not answer", new IOException("reset"), true));

        assertThat(failed.get(0)).isEqualTo(503);
        assertThat(failed.get(1)).isInstanceOfSatisfying(SessionStoreException.class, failure -> {
            assertThat(failure)
                    .hasMessage("the store did not answer; outcome unknown")
                    .hasNoCause();
            assertThat(failure.outcomeUnknown()).isTrue();
            assertThat(failure.getStackTrace()).isEmpty();
        });
    }

    @Test
    @DisplayName("and will every time, fails with all that is known")
    void lasting() {
        SessionStoreException failure = new StoreMisconfiguredException("no table", new IOException());
        VertxFailure.answer(routing(), failure);

        assertThat(failed).containsExactly(500, failure);
    }
}
