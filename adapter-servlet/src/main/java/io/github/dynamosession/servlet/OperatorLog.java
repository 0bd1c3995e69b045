// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.ServletContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPLogger;

/**
 * Lines that an operator must see: an application without a provider for slf4j has them in the container's log.
 */
final class OperatorLog {
    private OperatorLog() {}

    /** A line that is in the application's log already, if it has one. */
    static void whereAlone(Logger log, ServletContext context, String line) {
        if (log instanceof NOPLogger) {
            context.log("INFO DynamoSession: " + line);
        }
    }

    static void info(Logger log, ServletContext context, String line) {
        whereAlone(log, context, line);
        log.info("{}", line);
    }

    static void warn(Logger log, ServletContext context, String format, @Nullable Object... arguments) {
        if (log instanceof NOPLogger) {
            context.log(MessageFormatter.arrayFormat("WARN DynamoSession: " + format, arguments)
                    .getMessage());
        } else {
            log.warn(format, arguments);
        }
    }
}
