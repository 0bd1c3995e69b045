// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.vertx.DynamoSessionHandler;
import io.quarkus.arc.Arc;
import io.quarkus.runtime.RuntimeValue;
import io.quarkus.runtime.annotations.Recorder;
import io.vertx.core.Handler;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;

/** What happens when the application starts. */
@Recorder
public class DynamoSessionRecorder {
    /** For Quarkus. */
    public DynamoSessionRecorder() {}

    /**
     * Lets responses wait for sessions. Quarkus has no place to wrap requests before its router sees
     * them; so the very first route sends each request through the router once more, wrapped.
     *
     * @param router the application's
     */
    public void wrapRequests(RuntimeValue<Router> router) {
        DynamoSessionHandler sessions = handler();
        router.getValue().route().order(Integer.MIN_VALUE).handler(routing -> {
            if (DynamoSessionHandler.isAround(routing)) {
                routing.next();
            } else {
                sessions.around(outermost(routing)).handle(routing.request());
            }
        });
    }

    /** With a root path, the application's router is mounted on another. */
    private static Router outermost(RoutingContext routing) {
        RoutingContextInternal context = (RoutingContextInternal) routing;
        for (RoutingContextInternal parent = context.parent(); parent != null; parent = context.parent()) {
            context = parent;
        }
        return context.currentRouter();
    }

    /**
     * The handler that gives requests their sessions.
     *
     * @return a handler
     */
    public Handler<RoutingContext> sessions() {
        return handler();
    }

    private static DynamoSessionHandler handler() {
        return Arc.container().instance(DynamoSessionHandler.class).get();
    }
}
