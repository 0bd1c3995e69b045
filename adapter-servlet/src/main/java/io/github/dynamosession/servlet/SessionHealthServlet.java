// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.web.SessionFailure;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers whether sessions can be read: 200 and {@code UP}, or 503 and {@code DOWN}. One read of the smallest size, with the
 * permissions that the application has anyway. Not mapped by itself; anybody may ask, for it tells nothing more: why sessions
 * cannot be read is in the log.
 *
 * <p>For a load balancer's check it is too strict: an outage of the database would take all nodes out of service.
 */
public final class SessionHealthServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(SessionHealthServlet.class);

    private final transient @Nullable SessionManager given;

    /** Of the manager of the application's {@link DynamoSessionFilter}, for {@code web.xml}. */
    public SessionHealthServlet() {
        this.given = null;
    }

    /**
     * Of a manager.
     *
     * @param manager whose store is tried
     */
    public SessionHealthServlet(SessionManager manager) {
        this.given = manager;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        boolean up = isUp();
        response.setStatus(up ? HttpServletResponse.SC_OK : HttpServletResponse.SC_SERVICE_UNAVAILABLE);
        response.setHeader("Cache-Control", "no-store");
        response.setContentType("text/plain;charset=US-ASCII");
        response.getWriter().print(up ? "UP" : "DOWN");
    }

    private boolean isUp() {
        SessionManager manager = given == null ? DynamoSessionFilter.manager(getServletContext()) : given;
        if (manager == null) {
            LOG.warn("Sessions are asked for their health, and no DynamoSessionFilter is at work in this application");
            return false;
        }
        try {
            manager.check();
            return true;
        } catch (SessionException e) {
            SessionFailure.log(LOG, "Sessions cannot be read", e);
            return false;
        }
    }
}
