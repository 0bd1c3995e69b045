// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.micronaut;

import io.github.dynamosession.examples.servlet.RouteLoad;
import io.github.dynamosession.examples.servlet.RouteLoad.Route;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Micronaut's own sessions in memory, and ours. Not run with the tests: docs/benchmarks.md. */
class Throughput {
    @Test
    void measure() throws Exception {
        try (EmbeddedServer stock = start(Map.of());
                EmbeddedServer ours = start(Map.of(
                        "micronaut.session.http.dynamodb.enabled",
                        true,
                        "micronaut.session.http.dynamodb.store",
                        "memory",
                        "micronaut.session.http.dynamodb.codec",
                        "json"))) {
            System.out.println(getClass().getName());
            RouteLoad.compare(List.of(
                    route("no session", stock, "none"),
                    route("stock store, read", stock, "read"),
                    route("ours, read", ours, "read"),
                    route("stock store, change", stock, "change"),
                    route("ours, change", ours, "change")));
        }
    }

    private static EmbeddedServer start(Map<String, Object> properties) {
        return ApplicationContext.builder()
                .properties(Map.of("micronaut.server.host", "127.0.0.1", "micronaut.server.port", "-1"))
                .properties(properties)
                .start()
                .getBean(EmbeddedServer.class)
                .start();
    }

    private static Route route(String name, EmbeddedServer server, String path) {
        return new Route(name, server.getPort(), "/load/" + path, path.equals("none") ? "/load/none" : "/load/login");
    }
}
