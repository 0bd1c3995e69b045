// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.it.servlet.TestServer.Page;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.undertow.Undertow;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import io.undertow.websockets.jsr.WebSocketDeploymentInfo;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpSession;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Jakarta WebSocket 2.2, 4.2 and Servlet 6.1, HttpSession.Accessor. Jetty's WebSocket artifacts do not resolve. */
@DisplayName("A WebSocket")
class WebSocketTest {
    private static final Map<String, Page> PAGES = Map.of(
            "/set", (request, response) -> request.getSession().setAttribute("a", "x"),
            "/show",
                    (request, response) ->
                            response.getWriter().print(request.getSession().getAttribute("a")));

    /** Tells what the handshake has seen of the session, and puts into it what it is told. */
    public static final class Talk extends Endpoint {
        @Override
        public void onOpen(Session session, EndpointConfig config) {
            HttpSession.Accessor accessor =
                    (HttpSession.Accessor) config.getUserProperties().get("accessor");
            try {
                session.getBasicRemote()
                        .sendText("seen " + config.getUserProperties().get("seen"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            session.addMessageHandler(String.class, new MessageHandler.Whole<String>() {
                @Override
                public void onMessage(String message) {
                    accessor.access(http -> http.setAttribute("a", message));
                    session.getAsyncRemote().sendText("stored");
                }
            });
        }
    }

    /** Hands the session over. */
    public static final class Handshake extends ServerEndpointConfig.Configurator {
        @Override
        public void modifyHandshake(ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
            HttpSession session = (HttpSession) request.getHttpSession();
            if (session != null) {
                config.getUserProperties().put("seen", session.getAttribute("a"));
                config.getUserProperties().put("accessor", session.getAccessor());
            }
        }
    }

    private static ServerEndpointConfig endpoint() {
        return ServerEndpointConfig.Builder.create(Talk.class, "/talk")
                .configurator(new Handshake())
                .build();
    }

    private static void deploy(ServletContext context) {
        SessionManager manager = SessionManager.builder(new InMemorySessionStore(Clock.systemUTC()))
                .codec(JsonCodec.builder().build())
                .build();
        FilterRegistration.Dynamic filter = context.addFilter(
                "sessions", DynamoSessionFilter.builder(manager).build());
        filter.setAsyncSupported(true);
        filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
        TestServer.addPages(context, PAGES);
    }

    private static void talk(int port) throws Exception {
        Browser browser = new Browser(port);
        browser.get("/set");
        BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        WebSocket socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Cookie", TestServer.COOKIE + "=" + browser.session())
                .buildAsync(
                        URI.create("ws://localhost:" + port + Container.CONTEXT_PATH + "/talk"),
                        new WebSocket.Listener() {
                            @Override
                            public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
                                messages.add(data.toString());
                                from.request(1);
                                return null;
                            }
                        })
                .get(60, TimeUnit.SECONDS);
        assertThat(messages.poll(60, TimeUnit.SECONDS)).isEqualTo("seen x");
        socket.sendText("y", true).get(60, TimeUnit.SECONDS);
        assertThat(messages.poll(60, TimeUnit.SECONDS)).isEqualTo("stored");
        assertThat(browser.get("/show").body()).isEqualTo("y");
        socket.abort();
    }

    @Test
    @DisplayName("sees the session in its handshake, and can use it later by its accessor: Tomcat")
    void tomcat() throws Exception {
        Path base = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "tomcat")
                .toAbsolutePath();
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(base.toString());
        tomcat.setPort(0);
        tomcat.getConnector();
        Context context = tomcat.addContext(Container.CONTEXT_PATH, base.toString());
        context.addServletContainerInitializer((found, target) -> deploy(target), Set.of());
        context.addServletContainerInitializer(new WsSci(), Set.of());
        context.addServletContainerInitializer(
                (found, target) -> {
                    try {
                        ((ServerContainer) target.getAttribute(ServerContainer.class.getName()))
                                .addEndpoint(endpoint());
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                },
                Set.of());
        tomcat.start();
        try {
            talk(tomcat.getConnector().getLocalPort());
        } finally {
            tomcat.stop();
            tomcat.destroy();
        }
    }

    @Test
    @DisplayName("sees the session in its handshake, and can use it later by its accessor: Undertow")
    void undertow() throws Exception {
        ServletContainerInitializer application = (found, target) -> deploy(target);
        DeploymentInfo deployment = Servlets.deployment()
                .setClassLoader(WebSocketTest.class.getClassLoader())
                .setContextPath(Container.CONTEXT_PATH)
                .setDeploymentName("talk")
                .addServletContextAttribute(
                        WebSocketDeploymentInfo.ATTRIBUTE_NAME, new WebSocketDeploymentInfo().addEndpoint(endpoint()))
                .addServletContainerInitializer(new ServletContainerInitializerInfo(
                        application.getClass(), new ImmediateInstanceFactory<>(application), Set.of()));
        DeploymentManager manager = Servlets.newContainer().addDeployment(deployment);
        manager.deploy();
        Undertow undertow = Undertow.builder()
                .addHttpListener(0, "localhost")
                .setHandler(io.undertow.Handlers.path().addPrefixPath(Container.CONTEXT_PATH, manager.start()))
                .build();
        undertow.start();
        try {
            talk(((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort());
        } finally {
            undertow.stop();
            manager.stop();
            manager.undeploy();
        }
    }
}
