// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.httpserver;

import com.sun.net.httpserver.HttpServer;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.testkit.AdapterContract;
import io.github.dynamosession.web.CookiePolicy;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Sessions of the JDK's HttpServer")
class HttpServerContractTest extends AdapterContract {
    @Override
    protected String cookieName() {
        return "SESSION";
    }

    @Override
    protected Running start(SessionManager manager, Application application) throws Exception {
        HttpServerSessions sessions = new HttpServerSessions(
                manager, CookiePolicy.builder(cookieName()).build());
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ExecutorService threads = Executors.newCachedThreadPool();
        server.setExecutor(threads);
        server.createContext("/", sessions.handler(visit -> serve(application, visit)));
        server.start();
        int port = server.getAddress().getPort();
        return new Running(URI.create("http://localhost:" + port), () -> {
            server.stop(0);
            threads.shutdownNow();
        });
    }

    private static void serve(Application application, HttpVisit visit) throws IOException {
        Seen seen = new Seen(visit);
        String body;
        try {
            body = application.serve(visit.http().getRequestURI().getPath(), seen);
        } catch (RuntimeException | IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        seen.body().write(body.getBytes(StandardCharsets.UTF_8));
    }

    private static final class Seen implements AdapterContract.Visit {
        private final HttpVisit visit;
        private @Nullable OutputStream body;

        Seen(HttpVisit visit) {
            this.visit = visit;
        }

        OutputStream body() throws IOException {
            OutputStream known = body;
            if (known == null) {
                known = visit.send(200, 0);
                body = known;
            }
            return known;
        }

        @Override
        public boolean hasSession() {
            return visit.session().isPresent();
        }

        @Override
        public @Nullable String get(String name) {
            return visit.session()
                    .flatMap(session -> session.get(name, String.class))
                    .orElse(null);
        }

        @Override
        public void set(String name, String value) {
            visit.makeSession().set(name, value);
        }

        @Override
        public void remove(String name) {
            visit.session().orElseThrow().remove(name);
        }

        @Override
        public void changeId() {
            visit.changeId();
        }

        @Override
        public void end() {
            visit.endSession();
        }

        @Override
        public void flush() throws IOException {
            body().write("head ".getBytes(StandardCharsets.UTF_8));
            body().flush();
        }
    }
}
