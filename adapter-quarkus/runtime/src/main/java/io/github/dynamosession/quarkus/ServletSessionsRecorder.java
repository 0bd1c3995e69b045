// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.servlet.DynamoSessions;
import io.github.dynamosession.settings.CookieSettings;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.vertx.DynamoSessionHandler;
import io.quarkus.arc.Arc;
import io.quarkus.runtime.ShutdownContext;
import io.quarkus.runtime.annotations.Recorder;
import io.undertow.servlet.ServletExtension;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.handlers.ServletRequestContext;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/** What happens when an application with servlets starts. */
@Recorder
public class ServletSessionsRecorder {
    private static final Logger LOG = Logger.getLogger(ServletSessionsRecorder.class);

    /** Where Quarkus keeps the instances of session-scoped beans: all of them in one attribute. */
    private static final String INSTANCES = "io.quarkus.undertow.runtime.HttpSessionContext.contextualInstances";

    /** For Quarkus. */
    public ServletSessionsRecorder() {}

    /**
     * Puts the filter in its place.
     *
     * @return an extension for Undertow
     */
    public ServletExtension filter() {
        return new QuarkusServletSessions();
    }

    /**
     * Tells the rest of the extension of the servlets, before anything reads settings.
     *
     * @param deployment Undertow's
     * @param files names of static files that Undertow serves, without a slash in front
     * @param shutdown forgets the servlets
     */
    public void servlets(DeploymentManager deployment, Set<String> files, ShutdownContext shutdown) {
        ServletContext context = deployment.getDeployment().getServletContext();
        ServletRequests.set(new ServletRequests.Part(
                ServletSettings.paths(context, Set.copyOf(files)),
                ServletSessionsRecorder::session,
                ServletSettings.defaults(context),
                ServletSettings.containersName(context.getSessionCookieConfig())));
        shutdown.addLastShutdownTask(() -> ServletRequests.set(ServletRequests.Part.NONE));
    }

    private static Optional<Session> session() {
        ServletRequestContext current = ServletRequestContext.current();
        return current == null ? Optional.empty() : Optional.of(DynamoSessions.session(current.getServletRequest()));
    }

    /**
     * Starts the filter over the application's engine.
     *
     * @param extension the one of {@link #filter}
     * @param deployment Undertow's
     * @param sessionScoped classes of beans that cannot be stored
     */
    public void start(ServletExtension extension, DeploymentManager deployment, List<String> sessionScoped) {
        QuarkusSessionBeans beans =
                Arc.container().instance(QuarkusSessionBeans.class).get();
        SessionSettings settings = beans.settings();
        ServletContext context = deployment.getDeployment().getServletContext();
        CookieSettings cookie = ServletSettings.cookie(settings.cookie(), context);
        String folder = context.getContextPath();
        Arc.container().instance(DynamoSessionHandler.class).get().setCookie(cookie);
        DynamoSessionFilter.Builder filter = DynamoSessionFilter.builder(
                        Arc.container().instance(SessionManager.class).get())
                .cookie(cookie)
                .paths(path -> settings.paths().matches(folder + path)) // as the router sees it
                .containersNameIsFree(true)
                .unstoredAttributes(INSTANCES);
        beans.urlTracking().ifPresent(filter::urlTracking);
        try {
            ((QuarkusServletSessions) extension).start(filter.build());
        } catch (ServletException e) {
            throw e.getCause() instanceof RuntimeException problem ? problem : new IllegalStateException(e);
        }
        if (!sessionScoped.isEmpty()) {
            LOG.warnf(
                    "Beans that are @SessionScoped cannot be stored and live for one request only: %s. Keep their data"
                            + " in attributes of the session instead",
                    String.join(", ", sessionScoped));
        }
    }
}
