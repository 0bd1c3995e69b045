// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.spi.SessionStoreException;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;

/** One node: a Tomcat that serves the shop, and knows nothing of the other nodes. */
final class Node {
    /** DynamoDB Local takes any region, but one. */
    private static final String ANY_REGION = "us-east-1";

    /** Held here: a logger that nobody holds forgets its level. */
    private static final Logger TOMCAT = Logger.getLogger("org.apache");

    private Node() {}

    static void run(Options options) throws Exception {
        ParentWatch.start();
        TOMCAT.setLevel(Level.WARNING);
        Tomcat tomcat = prepare(options);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(tomcat), "node-stop"));
        tomcat.start();
        ParentWatch.ready();
        tomcat.getServer().await();
    }

    private static Tomcat prepare(Options options) throws Exception {
        SessionManager.Builder builder = SessionManager.builder(store(options))
                .codec(JsonCodec.builder().allow(Cart.class).build());
        options.compressAbove().ifPresent(bytes -> {
            builder.compressAbove(bytes == Options.OFF ? null : bytes);
            if (bytes == Options.OFF) {
                // What is shown is the price of a row of that size.
                builder.partsAbove(null);
            }
        });
        SessionManager sessions = builder.build();

        Tomcat tomcat = new Tomcat();
        String directory = options.required("directory") + "/" + options.required("name");
        tomcat.setBaseDir(directory);
        tomcat.setPort(options.port("port", 0));
        tomcat.getConnector().setProperty("address", options.text("host", "127.0.0.1"));
        Context context = tomcat.addContext("", directory);
        filter(context, "cost", new CostFilter(options.required("name")));
        filter(context, "sessions", DynamoSessionFilter.builder(sessions).build());
        servlet(context, "page", new PageServlet(), "/");
        ExactChange exact = new ExactChange(sessions);
        servlet(context, "api", new ApiServlet(exact, options.required("name"), options.port("front", 0)), "/api/*");
        servlet(context, "measuring", new MeasuringServlet(exact), MeasuringServlet.PATHS);
        return tomcat;
    }

    private static void filter(Context context, String name, Filter filter) {
        FilterDef definition = new FilterDef();
        definition.setFilterName(name);
        definition.setFilter(filter);
        context.addFilterDef(definition);
        FilterMap map = new FilterMap();
        map.setFilterName(name);
        map.addURLPattern("/*");
        map.setDispatcher(DispatcherType.REQUEST.name());
        map.setDispatcher(DispatcherType.ERROR.name());
        map.setDispatcher(DispatcherType.ASYNC.name());
        context.addFilterMap(map);
    }

    private static void servlet(Context context, String name, Servlet servlet, String... paths) {
        Tomcat.addServlet(context, name, servlet);
        for (String path : paths) {
            context.addServletMappingDecoded(path, name);
        }
    }

    private static void stop(Tomcat tomcat) {
        try {
            tomcat.stop();
        } catch (LifecycleException e) {
            // The process ends anyway.
        }
    }

    // The database.

    private static String region(Options options, URI endpoint) {
        Optional<String> named = options.text("region");
        if (named.isPresent()) {
            return named.get();
        }
        if (options.text("embedded", "").equals("true")) {
            return ANY_REGION;
        }
        try {
            return new DefaultAwsRegionProviderChain().getRegion().id();
        } catch (SdkClientException e) {
            if (isLoopback(endpoint)) {
                return ANY_REGION;
            }
            throw e;
        }
    }

    /** Where the SDK's own chain finds credentials: made-up ones, only for what runs on this machine. */
    private static void findCredentials(Options options, URI endpoint) {
        boolean embedded = options.text("embedded", "").equals("true");
        if (embedded || (isLoopback(endpoint) && !hasCredentials())) {
            System.setProperty(SdkSystemSetting.AWS_ACCESS_KEY_ID.property(), "demo");
            System.setProperty(SdkSystemSetting.AWS_SECRET_ACCESS_KEY.property(), "demo");
        }
    }

    private static boolean hasCredentials() {
        try (DefaultCredentialsProvider chain =
                DefaultCredentialsProvider.builder().build()) {
            chain.resolveCredentials();
            return true;
        } catch (SdkClientException e) {
            return false;
        }
    }

    private static boolean isLoopback(URI endpoint) {
        try {
            return InetAddress.getByName(endpoint.getHost()).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** With the client that the store makes itself. The embedded database starts while we do. */
    private static DynamoDbSessionStore store(Options options) throws InterruptedException {
        URI endpoint = options.endpoint().orElseThrow();
        findCredentials(options, endpoint);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try {
                return DynamoDbSessionStore.builder()
                        .tableName(options.required("table"))
                        .endpoint(endpoint)
                        .region(region(options, endpoint))
                        .createTable(true)
                        .observer(CostFilter.observer())
                        .build();
            } catch (SessionStoreException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(200);
            }
        }
    }
}
