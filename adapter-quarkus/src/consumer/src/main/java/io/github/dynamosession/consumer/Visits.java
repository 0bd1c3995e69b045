// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.consumer;

import io.github.dynamosession.Session;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;

/** Counts visits in every way in which an application can answer. */
@Path("/")
@Produces(MediaType.TEXT_PLAIN)
public class Visits {
    @Inject
    RoutingContext routing;

    @Inject
    Session session;

    private static int count(RoutingContext routing) {
        io.vertx.ext.web.Session session = routing.session();
        Integer former = session.get("visits");
        int now = former == null ? 1 : former + 1;
        session.put("visits", now);
        return now;
    }

    @GET
    @Path("/blocking")
    public int blocking() {
        if (Context.isOnEventLoopThread()) {
            throw new IllegalStateException("not on a worker");
        }
        return count(routing);
    }

    @GET
    @Path("/event-loop")
    @NonBlocking
    public int eventLoop() {
        if (!Context.isOnEventLoopThread()) {
            throw new IllegalStateException("not on the event loop");
        }
        return count(routing);
    }

    @GET
    @Path("/uni")
    public Uni<Integer> uni() {
        return Uni.createFrom()
                .nullItem()
                .onItem()
                .delayIt()
                .by(Duration.ofMillis(5))
                .map(nothing -> count(routing));
    }

    /** The head goes out with the first item: what is changed later comes too late for it. */
    @GET
    @Path("/multi")
    public Multi<String> multi() {
        int visit = count(routing);
        return Multi.createFrom().items("v", "=", String.valueOf(visit));
    }

    @GET
    @Path("/large")
    public byte[] large() {
        count(routing);
        return new byte[300_000];
    }

    @GET
    @Path("/exact")
    public int exact() {
        return session.compute("visits", Integer.class, former -> former.orElse(0) + 1)
                .orElseThrow();
    }

    @GET
    @Path("/login")
    public String login() {
        routing.session().regenerateId();
        return "welcome";
    }

    @GET
    @Path("/logout")
    public String logout() {
        routing.session().destroy();
        return "bye";
    }

    @GET
    @Path("/read")
    public String read() {
        return String.valueOf((Object) routing.session().get("visits"));
    }

    void route(@Observes Router router) {
        router.get("/route").handler(request -> request.end(String.valueOf(count(request))));
    }
}
