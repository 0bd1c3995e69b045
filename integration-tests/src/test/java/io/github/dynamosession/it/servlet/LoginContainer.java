// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import io.undertow.Undertow;
import io.undertow.security.idm.Account;
import io.undertow.security.idm.Credential;
import io.undertow.security.idm.IdentityManager;
import io.undertow.security.idm.PasswordCredential;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.AuthMethodConfig;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.LoginConfig;
import io.undertow.servlet.api.SecurityConstraint;
import io.undertow.servlet.api.SecurityInfo;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.api.WebResourceCollection;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.ServletContainerInitializer;
import java.io.File;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Principal;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.authenticator.BasicAuthenticator;
import org.apache.catalina.authenticator.FormAuthenticator;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.SecurityCollection;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.security.ConstraintMapping;
import org.eclipse.jetty.ee11.servlet.security.ConstraintSecurityHandler;
import org.eclipse.jetty.security.Constraint;
import org.eclipse.jetty.security.HashLoginService;
import org.eclipse.jetty.security.UserStore;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.security.Password;

/** The containers, with a login of their own: alice, password tea, role user, needed for {@code /private/*}. */
enum LoginContainer {
    TOMCAT {
        @Override
        Container.Running start(Method method, ServletContainerInitializer application) throws Exception {
            File base = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "tomcat")
                    .toAbsolutePath()
                    .toFile();
            Tomcat tomcat = new Tomcat();
            tomcat.setBaseDir(base.getPath());
            tomcat.setPort(0);
            tomcat.getConnector();
            tomcat.addUser(USER, PASSWORD);
            tomcat.addRole(USER, ROLE);
            Context context = tomcat.addContext(Container.CONTEXT_PATH, base.getPath());
            context.addServletContainerInitializer(application, Set.of());
            if (method != Method.NONE) {
                context.setLoginConfig(new org.apache.tomcat.util.descriptor.web.LoginConfig(
                        method.name(), "realm", LOGIN_PAGE, ERROR_PAGE));
                context.getPipeline()
                        .addValve(method == Method.FORM ? new FormAuthenticator() : new BasicAuthenticator());
            }
            SecurityCollection resources = new SecurityCollection("private", "what needs a login");
            resources.addPatternDecoded(PRIVATE);
            var constraint = new org.apache.tomcat.util.descriptor.web.SecurityConstraint();
            constraint.addCollection(resources);
            constraint.addAuthRole(ROLE);
            context.addConstraint(constraint);
            context.addSecurityRole(ROLE);
            tomcat.start();
            if (!context.getState().isAvailable()) {
                tomcat.stop();
                tomcat.destroy();
                throw new IllegalStateException("the application did not start");
            }
            return new Container.Running(tomcat.getConnector().getLocalPort(), () -> {
                tomcat.stop();
                tomcat.destroy();
            });
        }
    },

    JETTY {
        @Override
        Container.Running start(Method method, ServletContainerInitializer application) throws Exception {
            Server server = new Server();
            ServerConnector connector = new ServerConnector(server);
            server.addConnector(connector);
            ServletContextHandler context = new ServletContextHandler(
                    Container.CONTEXT_PATH, ServletContextHandler.SESSIONS | ServletContextHandler.SECURITY);
            context.addServletContainerInitializer(application);
            UserStore users = new UserStore();
            users.addUser(USER, new Password(PASSWORD), new String[] {ROLE});
            HashLoginService logins = new HashLoginService("realm");
            logins.setUserStore(users);
            ConstraintSecurityHandler security = (ConstraintSecurityHandler) context.getSecurityHandler();
            security.setLoginService(logins);
            if (method == Method.FORM) {
                security.setAuthenticator(
                        new org.eclipse.jetty.security.authentication.FormAuthenticator(LOGIN_PAGE, ERROR_PAGE, true));
            } else if (method == Method.BASIC) {
                security.setAuthenticator(new org.eclipse.jetty.security.authentication.BasicAuthenticator());
            }
            ConstraintMapping mapping = new ConstraintMapping();
            mapping.setPathSpec(PRIVATE);
            mapping.setConstraint(Constraint.from("private", ROLE));
            security.addConstraintMapping(mapping);
            server.setHandler(context);
            try {
                server.start();
            } catch (Exception e) {
                server.stop();
                throw e;
            }
            return new Container.Running(connector.getLocalPort(), server::stop);
        }
    },

    UNDERTOW {
        @Override
        Container.Running start(Method method, ServletContainerInitializer application) throws Exception {
            DeploymentInfo deployment = Servlets.deployment()
                    .setClassLoader(LoginContainer.class.getClassLoader())
                    .setContextPath(Container.CONTEXT_PATH)
                    .setDeploymentName("test")
                    .setEagerFilterInit(true)
                    .addServletContainerInitializer(new ServletContainerInitializerInfo(
                            application.getClass(), new ImmediateInstanceFactory<>(application), Set.of()))
                    .addSecurityRole(ROLE)
                    .addSecurityConstraint(new SecurityConstraint()
                            .addWebResourceCollection(new WebResourceCollection().addUrlPattern(PRIVATE))
                            .addRoleAllowed(ROLE)
                            .setEmptyRoleSemantic(SecurityInfo.EmptyRoleSemantic.DENY))
                    .setIdentityManager(new OneUser());
            if (method != Method.NONE) {
                deployment.setLoginConfig(new LoginConfig("realm", LOGIN_PAGE, ERROR_PAGE)
                        .addFirstAuthMethod(new AuthMethodConfig(method.name())));
            }
            DeploymentManager manager = Servlets.newContainer().addDeployment(deployment);
            manager.deploy();
            Undertow undertow = Undertow.builder()
                    .addHttpListener(0, "localhost")
                    .setHandler(io.undertow.Handlers.path().addPrefixPath(Container.CONTEXT_PATH, manager.start()))
                    .build();
            undertow.start();
            int port = ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
            return new Container.Running(port, () -> {
                undertow.stop();
                manager.stop();
                manager.undeploy();
            });
        }
    };

    /** How the container asks who it is. */
    enum Method {
        FORM,
        BASIC,
        /** No {@code login-config}: it does not ask, but knows {@code request.login}. */
        NONE
    }

    static final String USER = "alice";
    static final String PASSWORD = "tea";
    static final String LOGIN_PAGE = "/login-page";
    static final String ERROR_PAGE = "/login-error";
    private static final String ROLE = "user";
    private static final String PRIVATE = "/private/*";

    abstract Container.Running start(Method method, ServletContainerInitializer application) throws Exception;

    private static final class OneUser implements IdentityManager {
        private record User(Principal getPrincipal, Set<String> getRoles) implements Account {}

        @Override
        public Account verify(Account account) {
            return account;
        }

        @Override
        public Account verify(String id, Credential credential) {
            boolean known = id.equals(USER)
                    && credential instanceof PasswordCredential password
                    && PASSWORD.equals(String.valueOf(password.getPassword()));
            return known ? new User(() -> USER, Set.of(ROLE)) : null;
        }

        @Override
        public Account verify(Credential credential) {
            return null;
        }
    }
}
