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
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** One node: a Tomcat that serves the shop, and knows nothing of the other nodes. */
final class Node {
    /** DynamoDB Local takes any credentials, but some. */
    private static final AwsCredentialsProvider ANY_CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("demo", "demo"));

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
        DynamoDbClient client = client(options);
        DynamoDbSessionStore store = store(client, options.required("table"));
        SessionManager sessions = SessionManager.builder(store)
                .codec(JsonCodec.builder().allow(Cart.class).build())
                // The size that a login asks for is to be the size that is stored.
                .compressAbove(null)
                .build();

        Tomcat tomcat = new Tomcat();
        String directory = options.required("directory") + "/" + options.required("name");
        tomcat.setBaseDir(directory);
        tomcat.setPort(options.port("port", 0));
        tomcat.getConnector().setProperty("address", options.text("host", "127.0.0.1"));
        Context context = tomcat.addContext("", directory);
        filter(context, "cost", new CostFilter(options.required("name")));
        filter(context, "sessions", new DynamoSessionFilter(sessions));
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

    private static DynamoDbClient client(Options options) {
        URI endpoint = options.endpoint().orElseThrow();
        return DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(region(options, endpoint))
                .credentialsProvider(credentials(options, endpoint))
                .build();
    }

    private static Region region(Options options, URI endpoint) {
        Optional<String> named = options.text("region");
        if (named.isPresent()) {
            return Region.of(named.get());
        }
        if (options.text("embedded", "").equals("true")) {
            return Region.US_EAST_1;
        }
        try {
            return new DefaultAwsRegionProviderChain().getRegion();
        } catch (SdkClientException e) {
            if (isLoopback(endpoint)) {
                return Region.US_EAST_1;
            }
            throw e;
        }
    }

    /** The SDK's own chain; made-up ones only for what runs on this machine. */
    private static AwsCredentialsProvider credentials(Options options, URI endpoint) {
        if (options.text("embedded", "").equals("true")) {
            return ANY_CREDENTIALS;
        }
        AwsCredentialsProvider chain = DefaultCredentialsProvider.builder().build();
        if (isLoopback(endpoint)) {
            try {
                chain.resolveCredentials();
            } catch (SdkClientException e) {
                return ANY_CREDENTIALS;
            }
        }
        return chain;
    }

    private static boolean isLoopback(URI endpoint) {
        try {
            return InetAddress.getByName(endpoint.getHost()).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** The embedded database starts while we do: it may need some more seconds. */
    private static DynamoDbSessionStore store(DynamoDbClient client, String table) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try {
                return DynamoDbSessionStore.builder()
                        .tableName(table)
                        .client(client)
                        .createTable(true)
                        .observer(Cost.observer())
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
