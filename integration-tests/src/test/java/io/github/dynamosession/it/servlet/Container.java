// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import io.undertow.Undertow;
import io.undertow.server.handlers.PathHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainer;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.ServletContainerInitializer;
import java.io.File;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.eclipse.jetty.ee11.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandlerCollection;

/** The servlet containers that the tests run in. */
enum Container {
    TOMCAT {
        @Override
        Running start(List<Application> applications) throws Exception {
            File base = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "tomcat")
                    .toAbsolutePath()
                    .toFile();
            Tomcat tomcat = new Tomcat();
            tomcat.setBaseDir(base.getPath());
            tomcat.setPort(0);
            tomcat.getConnector();
            List<Context> contexts = new ArrayList<>();
            for (Application application : applications) {
                Context context = tomcat.addContext(application.path(), base.getPath());
                context.setCrossContext(true);
                context.addServletContainerInitializer(application.initializer(), Set.of());
                ErrorPage page = new ErrorPage();
                page.setLocation(ERROR_PAGE);
                context.addErrorPage(page);
                contexts.add(context);
            }
            tomcat.start();
            if (!contexts.stream().allMatch(context -> context.getState().isAvailable())) {
                tomcat.stop();
                tomcat.destroy();
                throw new IllegalStateException("an application did not start");
            }
            return new Running(tomcat.getConnector().getLocalPort(), () -> {
                tomcat.stop();
                tomcat.destroy();
            });
        }
    },

    JETTY {
        @Override
        Running start(List<Application> applications) throws Exception {
            Server server = new Server();
            ServerConnector connector = new ServerConnector(server);
            server.addConnector(connector);
            ContextHandlerCollection contexts = new ContextHandlerCollection();
            for (Application application : applications) {
                String path = application.path().isEmpty() ? "/" : application.path();
                ServletContextHandler context = new ServletContextHandler(path, ServletContextHandler.SESSIONS);
                context.setCrossContextDispatchSupported(true);
                context.addServletContainerInitializer(application.initializer());
                ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
                errors.addErrorPage(ErrorPageErrorHandler.GLOBAL_ERROR_PAGE, ERROR_PAGE);
                context.setErrorHandler(errors);
                contexts.addHandler(context);
            }
            server.setHandler(contexts);
            try {
                server.start();
            } catch (Exception e) {
                server.stop();
                throw e;
            }
            return new Running(connector.getLocalPort(), server::stop);
        }
    },

    UNDERTOW {
        @Override
        Running start(List<Application> applications) throws Exception {
            ServletContainer container = Servlets.newContainer();
            PathHandler paths = io.undertow.Handlers.path();
            List<DeploymentManager> managers = new ArrayList<>();
            for (Application application : applications) {
                DeploymentInfo deployment = Servlets.deployment()
                        .setClassLoader(Container.class.getClassLoader())
                        .setContextPath(application.path().isEmpty() ? "/" : application.path())
                        .setDeploymentName("test" + application.path())
                        .setEagerFilterInit(true)
                        .addServletContainerInitializer(new ServletContainerInitializerInfo(
                                application.initializer().getClass(),
                                new ImmediateInstanceFactory<>(application.initializer()),
                                Set.of()))
                        .addErrorPage(Servlets.errorPage(ERROR_PAGE));
                DeploymentManager manager = container.addDeployment(deployment);
                manager.deploy();
                paths.addPrefixPath(deployment.getContextPath(), manager.start());
                managers.add(manager);
            }
            Undertow undertow = Undertow.builder()
                    .addHttpListener(0, "localhost")
                    .setHandler(paths)
                    .build();
            undertow.start();
            int port = ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
            return new Running(port, () -> {
                undertow.stop();
                for (DeploymentManager manager : managers) {
                    manager.stop();
                    manager.undeploy();
                }
            });
        }
    };

    static final String CONTEXT_PATH = "/app";

    /** Held, or it would be collected with its level: Tomcat tells of each start, and of each failure of a test. */
    private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");

    static {
        TOMCAT_LOG.setLevel(Level.OFF);
    }

    static final String ERROR_PAGE = "/error-page";

    /** Starts the container with one application, which {@code application} sets up. */
    Running start(ServletContainerInitializer application) throws Exception {
        return start(List.of(new Application(CONTEXT_PATH, application)));
    }

    /** Starts the container with several applications, which may dispatch to each other. */
    abstract Running start(List<Application> applications) throws Exception;

    /**
     * An application.
     *
     * @param path its context path; empty for the root
     * @param initializer sets it up
     */
    record Application(String path, ServletContainerInitializer initializer) {}

    /** What stops it. */
    interface Stop {
        void stop() throws Exception;
    }

    /** A container at work. */
    record Running(int port, Stop stop) implements AutoCloseable {
        @Override
        public void close() throws Exception {
            stop.stop();
        }
    }
}
