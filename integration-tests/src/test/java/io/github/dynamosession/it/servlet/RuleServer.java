// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import io.github.dynamosession.it.servlet.TestServer.Page;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.SessionCookieConfig;
import jakarta.servlet.SessionTrackingMode;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One container with the applications that rules need, for the whole suite: it is started once, and
 * each rule has paths of its own in it.
 */
final class RuleServer implements AutoCloseable {
    /** Nothing is set up but what every application has. */
    static final String PLAIN = "/app";

    /** Sessions are tracked by cookie and by URL. */
    static final String URL = "/url";

    /** Sessions are tracked by URL alone. */
    static final String URL_ONLY = "/url-only";

    /** Like {@link #URL}, with a cookie of another name. */
    static final String URL_NAMED = "/url-named";

    /** Every property of {@code SessionCookieConfig} is set. */
    static final String COOKIE = "/cookie";

    /** Two applications whose session cookie has the path {@code /}, and which dispatch to each other. */
    static final String ONE = "/one";

    static final String TWO = "/two";

    /** {@code setSessionTimeout(7)}. */
    static final String MINUTES = "/minutes";

    /** {@code setSessionTimeout(0)}. */
    static final String ENDLESS = "/endless";

    /** Two {@link RuleListener}s are declared to the container. */
    static final String LISTENERS = "/listeners";

    /** The application of the path {@code /}. */
    static final String ROOT = "";

    /** The servlet that can be reached by name only. */
    static final String NAMED = "named";

    private static final Map<String, BiConsumer<ServletContext, Map<String, String>>> APPLICATIONS =
            new LinkedHashMap<>();

    static {
        APPLICATIONS.put(PLAIN, (context, settings) -> {});
        APPLICATIONS.put(URL, (context, settings) -> {
            context.setSessionTrackingModes(EnumSet.of(SessionTrackingMode.COOKIE, SessionTrackingMode.URL));
            settings.put("url-tracking", "true");
        });
        APPLICATIONS.put(
                URL_ONLY, (context, settings) -> context.setSessionTrackingModes(Set.of(SessionTrackingMode.URL)));
        APPLICATIONS.put(URL_NAMED, (context, settings) -> {
            context.getSessionCookieConfig().setName("SID");
            context.setSessionTrackingModes(EnumSet.of(SessionTrackingMode.COOKIE, SessionTrackingMode.URL));
            settings.put("url-tracking", "true");
        });
        APPLICATIONS.put(COOKIE, (context, settings) -> {
            SessionCookieConfig config = context.getSessionCookieConfig();
            config.setName("SID");
            config.setDomain("localhost");
            config.setPath("/cookie/below");
            config.setSecure(true);
            config.setHttpOnly(true);
            config.setMaxAge(600);
            config.setAttribute("SameSite", "Strict");
            config.setAttribute("Priority", "High");
            context.setSessionTrackingModes(Set.of(SessionTrackingMode.COOKIE));
        });
        APPLICATIONS.put(
                ONE, (context, settings) -> context.getSessionCookieConfig().setPath("/"));
        APPLICATIONS.put(TWO, (context, settings) -> {
            context.getSessionCookieConfig().setPath("/");
            settings.put("dispatches", "all");
        });
        APPLICATIONS.put(MINUTES, (context, settings) -> context.setSessionTimeout(7));
        APPLICATIONS.put(ENDLESS, (context, settings) -> context.setSessionTimeout(0));
        APPLICATIONS.put(LISTENERS, (context, settings) -> {
            context.addListener(new RuleListener("1"));
            context.addListener(new RuleListener("2"));
            settings.put("allowed-types", RuleListener.Bound.class.getName());
        });
        APPLICATIONS.put(ROOT, (context, settings) -> {});
    }

    final @Nullable RecordingStore store;
    private final Map<String, Page> pages = new ConcurrentHashMap<>();
    private final Container.Running running;

    RuleServer(Container container, Way way) throws Exception {
        String storeName = way + "-" + container;
        store = way == Way.CONTAINER ? null : RulesStoreProvider.store(storeName);
        List<Container.Application> applications = new ArrayList<>();
        APPLICATIONS.forEach((path, setUp) -> applications.add(new Container.Application(path, (classes, context) -> {
            Map<String, String> settings = new LinkedHashMap<>();
            setUp.accept(context, settings);
            EnumSet<DispatcherType> dispatches =
                    EnumSet.of(DispatcherType.REQUEST, DispatcherType.ERROR, DispatcherType.ASYNC);
            if (settings.remove("dispatches") != null) {
                dispatches = EnumSet.allOf(DispatcherType.class);
            }
            if (way != Way.CONTAINER) {
                FilterRegistration.Dynamic filter = context.addFilter("sessions", new DynamoSessionFilter());
                settings.put("store", RulesStoreProvider.NAME);
                settings.put(RulesStoreProvider.KEY, storeName);
                settings.put("codec", "json");
                settings.put("touch-interval", "0");
                filter.setInitParameters(settings);
                filter.setAsyncSupported(true);
                filter.addMappingForUrlPatterns(dispatches, false, "/*");
            }
            ServletRegistration.Dynamic servlet = context.addServlet("pages", new Pages(path, pages));
            servlet.setAsyncSupported(true);
            servlet.addMapping("/");
            context.addServlet(NAMED, new Pages(path + "#", pages)).setAsyncSupported(true);
        })));
        running = container.start(applications);
    }

    /** The page of a rule. */
    void page(String application, String path, Page page) {
        pages.put(application + path, page);
    }

    /** A servlet of a rule that is dispatched to by its name from the page of a path. */
    void named(String application, String path, Page page) {
        pages.put(application + "#" + path, page);
    }

    int port() {
        return running.port();
    }

    @Override
    public void close() throws Exception {
        running.close();
    }

    /** Runs the page of the path; an error page is that of the rule that failed. */
    private static final class Pages extends HttpServlet {
        private static final long serialVersionUID = 1L;
        private final transient String application;
        private final transient Map<String, Page> pages;

        Pages(String application, Map<String, Page> pages) {
            this.application = application;
            this.pages = pages;
        }

        private static String path(HttpServletRequest request) {
            Object included = request.getAttribute(RequestDispatcher.INCLUDE_SERVLET_PATH);
            if (included != null) {
                return included.toString();
            }
            String path = request.getServletPath();
            if (path.equals(Container.ERROR_PAGE)) {
                Object failed = request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
                return String.valueOf(failed).replaceFirst("^.*?(/rule-[0-9]+)/.*$", "$1") + Container.ERROR_PAGE;
            }
            return path;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            Page page = pages.get(application + path(request));
            if (page == null) {
                if (request.getDispatcherType() != DispatcherType.ERROR) {
                    response.setStatus(404);
                }
                return;
            }
            try {
                page.serve(request, response);
            } catch (ServletException | IOException | RuntimeException | Error e) {
                throw e;
            } catch (Exception e) {
                throw new ServletException(e);
            }
        }
    }
}
