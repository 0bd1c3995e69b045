// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.vertx.ext.web.handler.SessionHandlerTestBase;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.Ignore;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.runner.Description;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;
import org.junit.runner.manipulation.Filter;
import org.junit.runners.BlockJUnit4ClassRunner;

/** Vert.x Web's own tests are JUnit 4's: each is run as a test of this one. */
@DisplayName("Vert.x Web's tests of its session handler, over our store")
class StockHandlerTest {
    /**
     * The store works in the calling thread: the stock handler does not wait for it. Ignored by whatever
     * finds JUnit 4's tests by itself.
     */
    @Ignore
    public static class Suite extends SessionHandlerTestBase {
        @Override
        public void setUp() throws Exception {
            super.setUp();
            SessionManager manager = SessionManager.builder(new InMemorySessionStore())
                    .codec(JsonCodec.builder().build())
                    .storeEmptySessions(true)
                    .executor(Runnable::run)
                    .build();
            store = VertxSessionStore.create(vertx, manager);
        }
    }

    @TestFactory
    @DisplayName("pass")
    Stream<DynamicTest> suite() {
        return Arrays.stream(Suite.class.getMethods())
                .filter(method -> method.isAnnotationPresent(org.junit.Test.class))
                .sorted(Comparator.comparing(Method::getName))
                .map(method -> DynamicTest.dynamicTest(method.getName(), () -> {
                    // Not through a request, which would respect the class's annotation.
                    BlockJUnit4ClassRunner runner = new BlockJUnit4ClassRunner(Suite.class);
                    runner.filter(Filter.matchMethodDescription(
                            Description.createTestDescription(Suite.class, method.getName())));
                    Result result = new JUnitCore().run(runner);
                    assertThat(result.getFailures()).isEmpty();
                    assertThat(result.getRunCount()).isOne();
                }));
    }
}
