// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionSettings;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers the filter without any code or {@code web.xml}: first, for everything, if the settings name
 * a table ({@code dynamosession.table-name}) or say {@code dynamosession.store=memory}. Does nothing
 * otherwise; if a {@link DynamoSessionFilter} is declared already, or a framework's adapter on the class path
 * declares it, it only sees to it that sessions of the container itself, if there are any, have a cookie of another
 * name.
 */
public final class DynamoSessionInitializer implements ServletContainerInitializer {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoSessionFilter.class);
    private static final String NAME = "dynamosession";

    /** Names a class of a framework; where both are on the class path, that framework registers the filter. */
    private static final String REGISTERED_BY_FRAMEWORK = "META-INF/dynamosession/filter-registered-by-framework";

    /** Called by the container. */
    public DynamoSessionInitializer() {}

    @Override
    public void onStartup(@Nullable Set<Class<?>> classes, ServletContext context) throws ServletException {
        try {
            start(context);
        } catch (ServletException | RuntimeException e) {
            refuseAll(context, e);
            throw e;
        }
    }

    /** Open Liberty goes on after a failed start, without us: then no request may find sessions of the server. */
    private static void refuseAll(ServletContext context, Exception cause) {
        Filter refusal = (request, response, chain) -> {
            if (response instanceof HttpServletResponse http) {
                http.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            }
        };
        try {
            FilterRegistration.Dynamic filter = context.addFilter(NAME + "-refusal", refusal);
            if (filter != null) {
                filter.setAsyncSupported(true);
                filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
            }
        } catch (IllegalStateException | UnsupportedOperationException e) {
            cause.addSuppressed(e);
        }
    }

    private static void start(ServletContext context) throws ServletException {
        SessionSettings settings = DynamoSessionFilter.settings(context)
                .source("context parameter", DynamoSessionFilter.contextParameters(context), true)
                .build();
        boolean wanted =
                settings.text("table-name").isPresent() || settings.store().equals("memory");
        List<FilterRegistration> bySettings = declared(context, DynamoSessionFilter.class);
        boolean others = !bySettings.isEmpty()
                || !declared(context, DynamoSessionFilter.OverManager.class).isEmpty()
                || isLeftToFramework(context);
        if (wanted || others) {
            DynamoSessionFilter.requireServlet6(context);
            ContainerSessions.setApart(context);
        }
        for (FilterRegistration registration : bySettings) {
            Map<String, String> parameters = registration.getInitParameters();
            DynamoSessionFilter.rehearse(
                    String.valueOf(registration.getName()), parameters == null ? Map.of() : parameters, context);
        }
        if (!wanted && !others) {
            leaveAlone(settings, context);
        }
        if (!wanted || others) {
            return;
        }
        DynamoSessionFilter.rehearse(NAME, Map.of(), context);
        FilterRegistration.Dynamic filter = context.addFilter(NAME, new DynamoSessionFilter());
        if (filter == null) {
            OperatorLog.warn(
                    LOG,
                    context,
                    "A filter of the name {} is declared already; sessions stay with the container",
                    NAME);
            return;
        }
        filter.setAsyncSupported(true);
        filter.addMappingForUrlPatterns(
                EnumSet.of(DispatcherType.REQUEST, DispatcherType.ERROR, DispatcherType.ASYNC), false, "/*");
    }

    /** Nobody names a table: a misspelt {@code table-name} must not leave sessions to the container without a word. */
    private static void leaveAlone(SessionSettings settings, ServletContext context) throws ServletException {
        if (!settings.problems().isEmpty()) {
            ConfigurationException problems = new ConfigurationException(settings.problems());
            throw new ServletException(problems.getMessage(), problems);
        }
        if (settings.isSilent()) {
            OperatorLog.info(
                    LOG,
                    context,
                    "DynamoSession is on the class path and not in use: dynamosession.table-name is not set; sessions"
                            + " stay with the container");
        } else {
            OperatorLog.warn(
                    LOG,
                    context,
                    "There are settings of DynamoSession, and none names a table: set dynamosession.table-name, or take"
                            + " them out; sessions stay with the container");
        }
    }

    private static boolean isLeftToFramework(ServletContext context) {
        ClassLoader loader = context.getClassLoader();
        URL adapter = loader == null ? null : loader.getResource(REGISTERED_BY_FRAMEWORK);
        if (adapter == null) {
            return false;
        }
        try (InputStream in = adapter.openStream()) {
            Class.forName(new String(in.readAllBytes(), StandardCharsets.UTF_8).strip(), false, loader);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<FilterRegistration> declared(ServletContext context, Class<?> filterClass) {
        Map<String, ? extends FilterRegistration> declared = context.getFilterRegistrations();
        return declared == null
                ? List.of()
                : declared.values().stream()
                        .filter(filter -> filterClass.getName().equals(filter.getClassName()))
                        .<FilterRegistration>map(filter -> filter)
                        .toList();
    }
}
