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

/** What the filter, or another class, logs, which other tests do not print. */
final class FilterLog implements AutoCloseable {
    private final Logger logger;
    private final PrintStream err = System.err;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final int formerLevel;

    FilterLog() {
        this(DynamoSessionFilter.class, Level.WARN);
    }

    FilterLog(Class<?> whose, Level level) {
        logger = LoggerFactory.getLogger(whose);
        formerLevel = level(level.toInt());
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

    private int level(int level) {
        try {
            Field field = logger.getClass().getDeclaredField("currentLogLevel");
            field.setAccessible(true);
            int former = field.getInt(logger);
            field.setInt(logger, level);
            return former;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("not the logger of slf4j-simple", e);
        }
    }
}
