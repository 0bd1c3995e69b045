// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.github.dynamosession.Session;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import java.util.Base64;
import java.util.Random;

/** Pages over a value of 5 MB, which compression does not make smaller than that. */
@Path("/large")
@Produces("text/plain")
public class LargePages {
    static final String TEXT = text();

    private final Session session;

    LargePages(Session session) {
        this.session = session;
    }

    private static String text() {
        byte[] random = new byte[5 * 1024 * 1024];
        new Random(1).nextBytes(random);
        return Base64.getEncoder().encodeToString(random);
    }

    static String digest(String value) {
        return value.length() + " " + value.hashCode();
    }

    @GET
    @Path("/put")
    public String put() {
        session.set("large", TEXT);
        return "put";
    }

    @GET
    @Path("/count")
    public String count() {
        return String.valueOf(
                session.compute("n", Integer.class, n -> n.orElse(0) + 1).orElseThrow());
    }

    /** On a worker: fetches, and waits. */
    @GET
    @Path("/get")
    public String get() {
        return digest(session.get("large", String.class).orElseThrow());
    }

    /** On the event loop. */
    @GET
    @Path("/later")
    public Uni<String> later() {
        return Uni.createFrom()
                .completionStage(session.getAsync("large", String.class))
                .map(large -> digest(large.orElseThrow()));
    }
}
