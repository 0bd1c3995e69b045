// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** One node: the application, the tests' own pages, and a port. */
record Node(ConfigurableApplicationContext context, int port) implements AutoCloseable {
    static final String TOMCAT =
            "org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration";
    static final String JETTY =
            "org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration";

    private static final String ALLOWED = Stream.of(
                    Cart.class, Probes.Order.class, Probes.Basket.class, Probes.Audited.class, Probes.Needy.class)
            .map(Class::getName)
            .collect(Collectors.joining(","));

    /** The same in the other server. */
    static Node jetty(Database database, String... properties) {
        return jetty(database, List.of(), properties);
    }

    static Node jetty(Database database, List<Class<?>> more, String... properties) {
        return start(
                database,
                more,
                Stream.concat(Stream.of("spring.autoconfigure.exclude=" + TOMCAT), Stream.of(properties))
                        .toArray(String[]::new));
    }

    static Node start(Database database, String... properties) {
        return start(database, List.of(), properties);
    }

    static Node start(Database database, List<Class<?>> more, String... properties) {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=0",
                "--logging.level.root=warn",
                "--dynamosession.endpoint=" + database.endpoint(),
                "--dynamosession.region=eu-central-1",
                "--dynamosession.create-table=true",
                "--dynamosession.table-name=" + database.table(),
                "--dynamosession.allowed-types=" + ALLOWED));
        for (String property : properties) {
            arguments.add("--" + property);
        }
        if (List.of(properties).stream().noneMatch(property -> property.startsWith("spring.autoconfigure.exclude"))) {
            arguments.add("--spring.autoconfigure.exclude=" + JETTY);
        }
        ConfigurableApplicationContext context = new SpringApplicationBuilder(ShopApplication.class, Probes.class)
                .sources(more.toArray(Class<?>[]::new))
                .run(arguments.toArray(String[]::new));
        return new Node(
                context, ((WebServerApplicationContext) context).getWebServer().getPort());
    }

    /** Capacity units that this node has consumed, as its metrics have them: {@code read} or {@code write}. */
    double units(String kind) {
        return context.getBean(MeterRegistry.class).find("dynamosession." + kind + ".units").counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    /** The same, once it is so many: over a client that does not block, meters may count after the answer. */
    double units(String kind, double atLeast) {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (units(kind) < atLeast && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        return units(kind);
    }

    @Override
    public void close() {
        context.close();
    }
}
