// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import io.undertow.Undertow;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.ServletContainerInitializer;
import java.io.File;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** The servlet containers that the tests run in. */
enum Container {
    TOMCAT {
        @Override
        Running start(ServletContainerInitializer application) throws Exception {
            File base = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "tomcat")
                    .toAbsolutePath()
                    .toFile();
            Tomcat tomcat = new Tomcat();
            tomcat.setBaseDir(base.getPath());
            tomcat.setPort(0);
            tomcat.getConnector();
            Context context = tomcat.addContext(CONTEXT_PATH, base.getPath());
            context.addServletContainerInitializer(application, Set.of());
            ErrorPage page = new ErrorPage();
            page.setLocation(ERROR_PAGE);
            context.addErrorPage(page);
            tomcat.start();
            if (!context.getState().isAvailable()) {
                tomcat.stop();
                tomcat.destroy();
                throw new IllegalStateException("the application did not start");
            }
            return new Running(tomcat.getConnector().getLocalPort(), () -> {
                tomcat.stop();
                tomcat.destroy();
            });
        }
    },

    JETTY {
        @Override
        Running start(ServletContainerInitializer application) throws Exception {
            Server server = new Server();
            ServerConnector connector = new ServerConnector(server);
            server.addConnector(connector);
            ServletContextHandler context = new ServletContextHandler(CONTEXT_PATH, ServletContextHandler.SESSIONS);
            context.addServletContainerInitializer(application);
            ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
            errors.addErrorPage(ErrorPageErrorHandler.GLOBAL_ERROR_PAGE, ERROR_PAGE);
            context.setErrorHandler(errors);
            server.setHandler(context);
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
        Running start(ServletContainerInitializer application) throws Exception {
            DeploymentInfo deployment = Servlets.deployment()
                    .setClassLoader(Container.class.getClassLoader())
                    .setContextPath(CONTEXT_PATH)
                    .setDeploymentName("test")
                    .setEagerFilterInit(true)
                    .addServletContainerInitializer(new ServletContainerInitializerInfo(
                            application.getClass(), new ImmediateInstanceFactory<>(application), Set.of()))
                    .addErrorPage(Servlets.errorPage(ERROR_PAGE));
            DeploymentManager manager = Servlets.newContainer().addDeployment(deployment);
            manager.deploy();
            Undertow undertow = Undertow.builder()
                    .addHttpListener(0, "localhost")
                    .setHandler(io.undertow.Handlers.path().addPrefixPath(CONTEXT_PATH, manager.start()))
                    .build();
            undertow.start();
            int port = ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
            return new Running(port, () -> {
                undertow.stop();
                manager.stop();
                manager.undeploy();
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
    abstract Running start(ServletContainerInitializer application) throws Exception;

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
