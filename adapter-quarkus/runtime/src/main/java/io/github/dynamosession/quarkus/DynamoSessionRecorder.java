// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.settings.SessionPaths;
import io.github.dynamosession.vertx.DynamoSessionHandler;
import io.quarkus.arc.Arc;
import io.quarkus.runtime.RuntimeValue;
import io.quarkus.runtime.annotations.Recorder;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;
import java.util.List;
import java.util.Set;

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
     * @param files paths of static resources: reading them needs no session, unless settings say so
     * @param withoutSessions patterns of other paths that have no use for a session
     */
    public void wrapRequests(RuntimeValue<Router> router, Set<String> files, List<String> withoutSessions) {
        SessionPaths paths = SessionPaths.of(List.of(), withoutSessions);
        QuarkusSessionBeans beans =
                Arc.container().instance(QuarkusSessionBeans.class).get();
        beans.setUp(handler());
        Set<String> unread = beans.readsForFiles() ? Set.of() : files;
        Route first = router.getValue().route().order(Integer.MIN_VALUE);
        first.failureHandler(DynamoSessionHandler.failureHandler());
        first.handler(routing -> {
            if (DynamoSessionHandler.isAround(routing)
                    || !paths.matches(routing.normalizedPath())
                    || ServletRequests.serve(routing.normalizedPath()) // their filter reads the session: once is enough
                    || (unread.contains(routing.normalizedPath()) && isReading(routing.request()))) {
                routing.next();
            } else {
                outermost(routing).handle(DynamoSessionHandler.wrapped(routing.request()));
            }
        });
    }

    private static boolean isReading(HttpServerRequest request) {
        return request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
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
        DynamoSessionHandler sessions = handler();
        return routing -> {
            if (DynamoSessionHandler.isAround(routing)) {
                sessions.handle(routing);
            } else {
                routing.next();
            }
        };
    }

    /**
     * The handler that tells sessions whose requests are.
     *
     * @return a handler for requests behind authentication
     */
    public Handler<RoutingContext> identities() {
        SessionIdentity identity =
                Arc.container().instance(SessionIdentity.class).get();
        handler().beforeSave(identity::beforeSave);
        return identity;
    }

    private static DynamoSessionHandler handler() {
        return Arc.container().instance(DynamoSessionHandler.class).get();
    }
}
