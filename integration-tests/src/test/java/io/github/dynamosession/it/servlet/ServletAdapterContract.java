// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.testkit.AdapterContract;
import io.github.dynamosession.testkit.ServletVisit;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import java.net.URI;
import java.util.AbstractMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The contract of adapters, of the servlet filter in one container. */
abstract class ServletAdapterContract extends AdapterContract {
    private final Container container;

    ServletAdapterContract(Container container) {
        this.container = container;
    }

    @Override
    protected boolean refusesWhole() {
        return true;
    }

    @Override
    protected Running start(SessionManager manager, Application application) throws Exception {
        Container.Running running = container.start((classes, context) -> {
            FilterRegistration.Dynamic registration = context.addFilter(
                    "sessions", DynamoSessionFilter.builder(manager).build());
            registration.addMappingForUrlPatterns(
                    EnumSet.of(DispatcherType.REQUEST, DispatcherType.ERROR), false, "/*");
            TestServer.addPages(context, new OnePage(application));
        });
        return new Running(URI.create("http://localhost:" + running.port() + Container.CONTEXT_PATH), running);
    }

    /** Whatever the path, the contract's application answers; an error page has nothing to say. */
    private static final class OnePage extends AbstractMap<String, TestServer.Page> {
        private final Application application;

        OnePage(Application application) {
            this.application = application;
        }

        @Override
        public TestServer.@Nullable Page get(Object path) {
            return path.equals(Container.ERROR_PAGE)
                    ? (request, response) -> {}
                    : (request, response) -> response.getWriter()
                            .print(application.serve(request.getServletPath(), new ServletVisit(request, response)));
        }

        @Override
        public Set<Map.Entry<String, TestServer.Page>> entrySet() {
            return Set.of();
        }
    }
}
