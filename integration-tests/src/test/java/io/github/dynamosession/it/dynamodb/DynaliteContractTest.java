// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.testkit.SessionStoreContract;
import java.lang.reflect.Method;
import java.net.URI;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.opentest4j.TestAbortedException;

/** A second opinion on what the store asks of DynamoDB, from an implementation that shares no code with it. */
@Tag("node")
@DisplayName("DynamoDbSessionStore with dynalite")
@ExtendWith(DynaliteContractTest.Abilities.class)
class DynaliteContractTest extends SessionStoreContract {
    private static Dynalite dynalite;

    @BeforeAll
    static void start() {
        dynalite = Dynalite.start();
    }

    @AfterAll
    static void stop() {
        if (dynalite != null) {
            dynalite.close();
        }
    }

    @Override
    protected SessionStore createStore(Clock clock) {
        return dynalite.store(clock);
    }

    @Override
    protected Optional<SessionStore> createUnreachableStore(Clock clock) {
        return Optional.of(Stores.Kind.BLOCKING.store(URI.create("http://127.0.0.1:1"), clock));
    }

    /** Skips what dynalite cannot do, and says why. */
    static class Abilities implements InvocationInterceptor {
        @Override
        public void interceptTestMethod(
                Invocation<Void> invocation, ReflectiveInvocationContext<Method> test, ExtensionContext context)
                throws Throwable {
            // One session with all the names at once.
            proceed(invocation, test.getExecutable().getName().equals("similarNames"));
        }

        @Override
        public void interceptDynamicTest(
                Invocation<Void> invocation, DynamicTestInvocationContext test, ExtensionContext context)
                throws Throwable {
            proceed(invocation, context.getDisplayName().contains("__proto__"));
        }

        private static void proceed(Invocation<Void> invocation, boolean needsPrototype) throws Throwable {
            if (needsPrototype) {
                invocation.skip();
                throw new TestAbortedException("dynalite, which is JavaScript, loses an attribute named __proto__");
            }
            invocation.proceed();
        }
    }
}
