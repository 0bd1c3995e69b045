// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import io.github.dynamosession.servlet.DynamoSessionFilter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** What the filter logs, which other tests do not print. */
final class FilterLog implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(DynamoSessionFilter.class);

    private final PrintStream err = System.err;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final int formerLevel;

    FilterLog() {
        formerLevel = level(Level.WARN.toInt());
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    }

    String text() {
        return log.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        System.setErr(err);
        level(formerLevel);
    }

    private static int level(int level) {
        try {
            Field field = LOGGER.getClass().getDeclaredField("currentLogLevel");
            field.setAccessible(true);
            int former = field.getInt(LOGGER);
            field.setInt(LOGGER, level);
            return former;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("not the logger of slf4j-simple", e);
        }
    }
}
