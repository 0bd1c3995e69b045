// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A response of which the client has got a part, and which must not look complete. Tomcat and Jetty cut the
 * connection by themselves if an exception reaches them after the commit; Undertow completes the response, and
 * the specification has no way to say otherwise: it is asked by reflection.
 */
final class CommittedResponse {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoSessionFilter.class);

    private CommittedResponse() {}

    /** Closes the connection; whether it is closed. */
    static boolean cut(SessionResponse response) {
        HttpServletResponse bottom = response.bottom();
        if (!bottom.getClass().getName().startsWith("io.undertow.")) {
            return false;
        }
        try {
            Object exchange = bottom.getClass().getMethod("getExchange").invoke(bottom);
            Object connection = exchange.getClass().getMethod("getConnection").invoke(exchange);
            connection.getClass().getMethod("close").invoke(connection);
            return true;
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("The connection cannot be cut", e);
            return false;
        }
    }
}
