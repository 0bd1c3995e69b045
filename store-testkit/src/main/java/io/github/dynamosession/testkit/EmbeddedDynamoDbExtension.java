// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** Resolves the parameters that {@link EmbeddedDynamoDb} promises. */
final class EmbeddedDynamoDbExtension implements ParameterResolver, AfterAllCallback {

    private static final Namespace NAMESPACE = Namespace.create(EmbeddedDynamoDbExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == EmbeddedDynamoDbServer.class
                || type == DynamoDbClient.class
                || type == DynamoDbAsyncClient.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        EmbeddedDynamoDbServer server = EmbeddedDynamoDbServer.shared();
        Class<?> type = parameter.getParameter().getType();
        if (type == EmbeddedDynamoDbServer.class) {
            return server;
        }
        Clients clients = clientsOf(context);
        return type == DynamoDbClient.class ? clients.sync(server) : clients.async(server);
    }

    /** Also called after a nested class, whose clients are those of the outermost class. */
    @Override
    public void afterAll(ExtensionContext context) {
        Clients clients = storeOf(context).remove(Clients.class, Clients.class);
        if (clients != null) {
            clients.close();
        }
    }

    /** The clients live with the outermost test class, not with the method that asked first. */
    private static Clients clientsOf(ExtensionContext context) {
        ExtensionContext outermost = context;
        for (ExtensionContext c = context; c != null; c = c.getParent().orElse(null)) {
            if (c.getTestClass().isPresent()) {
                outermost = c;
            }
        }
        // get and put: the computing methods of JUnit 5.12 and of JUnit 6 differ in name.
        synchronized (EmbeddedDynamoDbExtension.class) {
            ExtensionContext.Store store = storeOf(outermost);
            Clients clients = store.get(Clients.class, Clients.class);
            if (clients == null) {
                clients = new Clients();
                store.put(Clients.class, clients);
            }
            return clients;
        }
    }

    private static ExtensionContext.Store storeOf(ExtensionContext context) {
        return context.getStore(NAMESPACE);
    }

    /** Not {@code AutoCloseable}, or JUnit would close it a second time where it knows how to. */
    private static final class Clients {

        private @Nullable DynamoDbClient sync;
        private @Nullable DynamoDbAsyncClient async;

        synchronized DynamoDbClient sync(EmbeddedDynamoDbServer server) {
            DynamoDbClient client = sync;
            if (client == null) {
                client = server.client();
                sync = client;
            }
            return client;
        }

        synchronized DynamoDbAsyncClient async(EmbeddedDynamoDbServer server) {
            DynamoDbAsyncClient client = async;
            if (client == null) {
                client = server.asyncClient();
                async = client;
            }
            return client;
        }

        synchronized void close() {
            if (sync != null) {
                sync.close();
            }
            if (async != null) {
                async.close();
            }
        }
    }
}
