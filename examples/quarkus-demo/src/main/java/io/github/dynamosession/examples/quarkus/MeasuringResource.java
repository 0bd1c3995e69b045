// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.github.dynamosession.Session;
import io.github.dynamosession.examples.servlet.Shop;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;

/** Plain GET requests with plain answers, for measuring: docs/demo.md. {@link PlainRoutes} has two more. */
@Path("/")
@Produces("text/plain;charset=utf-8")
public class MeasuringResource {
    private final ShopSession session;

    MeasuringResource(ShopSession session) {
        this.session = session;
    }

    @GET
    @Path("/read")
    public String read(@RestQuery @Nullable String k, @RestQuery @Nullable String delay) {
        int millis = Shop.delay(delay);
        Session current = session.get();
        String answer = Optional.ofNullable(k)
                .or(() -> current.names().stream().findFirst())
                .flatMap(current::get)
                .map(Object::toString)
                .orElse("");
        Shop.sleep(millis);
        return answer;
    }

    /**
     * Without a value the count is exact: each request adds one to what is stored at its save. With a
     * value the last writer wins, as {@code set} has it.
     */
    @GET
    @Path("/change")
    public String change(
            @RestQuery @DefaultValue("counter") String k,
            @RestQuery @Nullable String v,
            @RestQuery @Nullable String delay) {
        int millis = Shop.delay(delay);
        Object before = session.get().get(k).orElse(null);
        if (v == null && before != null && !(before instanceof String)) {
            throw new IllegalArgumentException("the value of k is no number");
        }
        Shop.sleep(millis);
        if (v != null) {
            session.get().set(k, v);
            return v;
        }
        return session.change(k, String.class, Shop::plusOne);
    }

    @GET
    @Path("/login")
    public String login(@RestQuery @Nullable String user, @RestQuery @Nullable String kb) {
        String name = Shop.user(user);
        session.get().set(Shop.CART, Shop.cart(name, kb));
        session.login(name);
        return name;
    }

    @GET
    @Path("/logout")
    public String logout() {
        session.logout();
        return "bye";
    }

    @ServerExceptionMapper
    Response refuse(IllegalArgumentException e) {
        return Response.status(Response.Status.BAD_REQUEST)
                .entity(e.getMessage())
                .build();
    }
}
