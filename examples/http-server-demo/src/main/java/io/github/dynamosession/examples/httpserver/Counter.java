// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.httpserver;

import com.sun.net.httpserver.HttpServer;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.web.CookiePolicy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** Counts each visitor's visits, exactly. Settings say where sessions are kept. */
public final class Counter {
    private Counter() {}

    /**
     * Serves {@code http://localhost:8080/}.
     *
     * @param arguments ignored
     * @throws IOException if the port is taken
     */
    public static void main(String[] arguments) throws IOException {
        SessionSettings settings = SessionSettings.builder().build();
        SessionManager manager = SessionManager.builder(settings).build();
        CookiePolicy cookie =
                CookiePolicy.builder("SESSION").apply(settings.cookie()).build();
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", new HttpServerSessions(manager, cookie).handler(Counter::serve));
        server.start();
    }

    private static void serve(HttpVisit visit) throws IOException {
        int visits = visit.makeSession()
                .compute("visits", Integer.class, before -> before.orElse(0) + 1)
                .orElseThrow();
        byte[] body = ("Visit " + visits + "\n").getBytes(StandardCharsets.UTF_8);
        visit.send(200, body.length).write(body);
    }
}
