// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionStore;
import io.quarkus.test.QuarkusUnitTest;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Two stores of an application, neither of which is preferred")
class AmbiguousBeansTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClass(Stores.class))
            .assertException(failure -> assertThat(failure)
                    .hasStackTraceContaining("there are several SessionStore beans")
                    .hasStackTraceContaining(Stores.class.getName()));

    @Singleton
    public static class Stores {
        @Produces
        @Singleton
        SessionStore first() {
            return new InMemorySessionStore();
        }

        @Produces
        @Singleton
        SessionStore second() {
            return new InMemorySessionStore();
        }
    }

    @Test
    @DisplayName("end the start, and are named")
    void areNamed() {
        fail("it started");
    }
}
