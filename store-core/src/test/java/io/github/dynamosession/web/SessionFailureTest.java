// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.helpers.MessageFormatter;

@DisplayName("Of a request that failed because of its session, the log has")
class SessionFailureTest {
    /** Level and text, and behind them {@code +} if there is a stack trace. */
    private final List<String> lines = new ArrayList<>();

    private final Logger log = (Logger) Proxy.newProxyInstance(
            SessionFailureTest.class.getClassLoader(), new Class<?>[] {Logger.class}, (self, called, given) -> {
                Object[] arguments = given.length == 2 && given[1] instanceof Object[] several
                        ? several
                        : Arrays.copyOfRange(given, 1, given.length);
                var line = MessageFormatter.arrayFormat((String) given[0], arguments);
                lines.add(called.getName() + " " + line.getMessage() + (line.getThrowable() == null ? "" : " +"));
                return null;
            });

    @Test
    @DisplayName("one line with the reason and its root if it passes by itself, also behind a framework's exception")
    void passing() {
        SessionStoreException failure = new SessionStoreException(
                "the store did not answer", new IllegalStateException(new IOException()), true);
        SessionFailure.log(log, "The answer is 503", failure);
        SessionFailure.log(log, "The answer is 503", new IllegalArgumentException("wrapped", failure));

        String line = "warn The answer is 503: the store did not answer; outcome unknown (java.io.IOException)";
        String details = "debug The answer is 503 +";
        assertThat(lines).containsExactly(line, details, line, details);
    }

    @Test
    @DisplayName("no word of its outcome if that is known")
    void known() {
        SessionFailure.log(log, "The answer is 503", new SessionStoreException("throttled", null, false));

        assertThat(lines.get(0)).startsWith("warn The answer is 503: throttled (");
    }

    @Test
    @DisplayName("a stack trace if somebody has to cure it")
    void lasting() {
        SessionFailure.log(log, "The answer is 500", new StoreMisconfiguredException("no table", null));
        SessionFailure.log(log, "The answer is 500", new IllegalStateException("unexpected"));

        assertThat(lines).containsExactly("error The answer is 500 +", "error The answer is 500 +");
    }
}
