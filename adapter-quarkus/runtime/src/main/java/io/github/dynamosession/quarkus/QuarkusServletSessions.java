// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.quarkus.arc.Arc;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.undertow.server.session.SessionCookieConfig;
import io.undertow.servlet.ServletExtension;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.FilterInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import io.vertx.ext.web.RoutingContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts the servlet filter before all others, and is that filter until the application starts: Undertow sets
 * up its filters when the application is built, for native images, and no client may be opened then.
 */
final class QuarkusServletSessions implements ServletExtension, Filter {
    private static final String NAME = "dynamosession";

    /** What the container remembers of programmatic logins is in sessions of its own. */
    private static final String LOGIN_SUFFIX = "_LOGIN";

    private @Nullable FilterConfig config;
    private volatile @Nullable DynamoSessionFilter filter;

    @Override
    public void handleDeployment(DeploymentInfo deployment, ServletContext context) {
        deployment.addFilter(new FilterInfo(NAME, QuarkusServletSessions.class, new ImmediateInstanceFactory<>(this))
                .setAsyncSupported(true));
        for (DispatcherType type : List.of(DispatcherType.REQUEST, DispatcherType.ERROR, DispatcherType.ASYNC)) {
            deployment.insertFilterUrlMapping(0, NAME, "/*", type);
        }
        if (deployment.getSessionConfigWrapper() == null) {
            deployment.setSessionConfigWrapper((own, deployed) -> {
                jakarta.servlet.SessionCookieConfig said =
                        deployed.getServletContext().getSessionCookieConfig();
                return new SessionCookieConfig()
                        .setCookieName(ServletSettings.containersName(said) + LOGIN_SUFFIX)
                        .setPath(said.getPath())
                        .setSecure(said.isSecure())
                        .setHttpOnly(true);
            });
        }
    }

    @Override
    public void init(FilterConfig filterConfig) {
        this.config = filterConfig;
    }

    /** From now on there are sessions. */
    void start(DynamoSessionFilter started) throws ServletException {
        if (config == null) {
            throw new IllegalStateException("Undertow has not set up its filters");
        }
        started.init(config);
        filter = started;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        DynamoSessionFilter started = filter;
        if (started == null) {
            throw new IllegalStateException("the application has not started");
        }
        started.doFilter(request, response, (own, answer) -> {
            chain.doFilter(own, answer);
            endAfterLogout(own);
        });
    }

    /** The router's handler, which ends sessions with the logout, leaves out what servlets serve. */
    private static void endAfterLogout(ServletRequest request) {
        RoutingContext routing =
                Arc.container().instance(CurrentVertxRequest.class).get().getCurrent();
        if (routing == null
                || !Arc.container().instance(SessionIdentity.class).get().isLogout(routing)) {
            return;
        }
        HttpSession session = ((HttpServletRequest) request).getSession(false);
        // A new one was begun by this request, behind the one that it ended itself: a message for the next page.
        if (session != null && !session.isNew()) {
            session.invalidate();
        }
    }

    @Override
    public void destroy() {
        DynamoSessionFilter stopping = filter;
        filter = null;
        if (stopping != null) {
            stopping.destroy();
        }
    }
}
