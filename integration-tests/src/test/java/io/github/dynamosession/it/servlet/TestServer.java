// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.testkit.MovableClock;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One container with one application, whose pages are written by the test. */
final class TestServer implements AutoCloseable {
    static final String COOKIE = "JSESSIONID";

    final MovableClock clock = new MovableClock();
    final RecordingStore store;
    final SessionManager manager;
    private final Map<String, Page> pages = new ConcurrentHashMap<>();
    private final Container.Running running;

    /** Whether the response was committed at each write to the store. */
    private final List<Boolean> committedAtWrite = new CopyOnWriteArrayList<>();

    private final AtomicReference<@Nullable HttpServletResponse> watched = new AtomicReference<>();

    /** What a request does. */
    interface Page {
        void serve(HttpServletRequest request, HttpServletResponse response) throws Exception;
    }

    TestServer(Container container) throws Exception {
        this(container, UnaryOperator.identity(), UnaryOperator.identity(), context -> {});
    }

    TestServer(
            Container container,
            UnaryOperator<SessionManager.Builder> managerSetUp,
            UnaryOperator<DynamoSessionFilter.Builder> filterSetUp,
            Consumer<ServletContext> contextSetUp)
            throws Exception {
        this(container, managerSetUp, filterSetUp, contextSetUp, null);
    }

    TestServer(
            Container container,
            UnaryOperator<SessionManager.Builder> managerSetUp,
            UnaryOperator<DynamoSessionFilter.Builder> filterSetUp,
            Consumer<ServletContext> contextSetUp,
            @Nullable SessionStore backend)
            throws Exception {
        store = new RecordingStore(backend == null ? new InMemorySessionStore(clock) : backend);
        SessionManager.Builder builder =
                SessionManager.builder(store).codec(JsonCodec.builder().build()).storeEmptySessions(true);
        manager = managerSetUp
                .apply(backend == null ? builder.clock(clock) : builder)
                .build();
        DynamoSessionFilter filter =
                filterSetUp.apply(DynamoSessionFilter.builder(manager)).build();
        store.beforeWrite(() -> {
            HttpServletResponse response = watched.get();
            if (response != null) {
                committedAtWrite.add(response.isCommitted());
            }
        });
        running = container.start((classes, context) -> {
            contextSetUp.accept(context);
            FilterRegistration.Dynamic registration = context.addFilter("sessions", filter);
            registration.setAsyncSupported(true);
            registration.addMappingForUrlPatterns(
                    EnumSet.of(DispatcherType.REQUEST, DispatcherType.ERROR, DispatcherType.ASYNC), false, "/*");
            addPages(context, pages);
        });
    }

    static void addPages(ServletContext context, Map<String, Page> pages) {
        ServletRegistration.Dynamic servlet = context.addServlet("pages", new Pages(pages));
        servlet.setAsyncSupported(true);
        servlet.addMapping("/");
    }

    /** Runs the page of the path. */
    private static final class Pages extends HttpServlet {
        private static final long serialVersionUID = 1L;
        private final transient Map<String, Page> pages;

        Pages(Map<String, Page> pages) {
            this.pages = pages;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            Object included = request.getAttribute(RequestDispatcher.INCLUDE_SERVLET_PATH);
            Page page = pages.get(included == null ? request.getServletPath() : included.toString());
            if (page == null) {
                response.setStatus(404);
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

    TestServer page(String path, Page page) {
        pages.put(path, page);
        return this;
    }

    Browser browser() {
        return new Browser(running.port());
    }

    int port() {
        return running.port();
    }

    /** From now on each write notes whether this response is committed, as the container sees it. */
    void watch(HttpServletResponse response) {
        ServletResponse bottom = response;
        while (bottom instanceof ServletResponseWrapper wrapper) {
            bottom = wrapper.getResponse();
        }
        watched.set((HttpServletResponse) bottom);
    }

    List<Boolean> committedAtWrites() {
        List<Boolean> noted = List.copyOf(committedAtWrite);
        committedAtWrite.clear();
        watched.set(null);
        return noted;
    }

    @Override
    public void close() throws Exception {
        running.close();
    }
}
