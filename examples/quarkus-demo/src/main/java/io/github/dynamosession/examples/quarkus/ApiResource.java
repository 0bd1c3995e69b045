// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.github.dynamosession.Session;
import io.github.dynamosession.examples.servlet.Cart;
import io.github.dynamosession.examples.servlet.Product;
import io.github.dynamosession.examples.servlet.Shop;
import jakarta.ws.rs.ForbiddenException;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.resteasy.reactive.RestForm;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;

/** What the page's script calls. Each answer is the state of the session, as JSON. */
@Path("/api")
@Produces(MediaType.APPLICATION_JSON)
public class ApiResource {
    private final ShopSession session;
    private final String node;
    private final int front;

    ApiResource(
            ShopSession session,
            @ConfigProperty(name = "demo.node", defaultValue = "A") String node,
            @ConfigProperty(name = "demo.front", defaultValue = "0") int front) {
        this.session = session;
        this.node = node;
        this.front = front;
    }

    @GET
    @Path("/state")
    public Map<String, Object> state() {
        Session current = session.get();
        boolean exists = !current.isNew() || !current.names().isEmpty();
        return Shop.state(
                node,
                front,
                session.user().orElse(null),
                exists ? current.id() : null,
                current.get(Shop.CART, Cart.class).orElse(Cart.EMPTY));
    }

    @POST
    @Path("/login")
    public Map<String, Object> login(
            @HeaderParam("Sec-Fetch-Site") @Nullable String site, @RestForm @Nullable String user) {
        sameSite(site);
        session.login(Shop.user(user));
        return state();
    }

    @POST
    @Path("/cart")
    public Map<String, Object> cart(
            @HeaderParam("Sec-Fetch-Site") @Nullable String site,
            @RestForm @Nullable String sku,
            @RestForm @Nullable String by) {
        sameSite(site);
        Product product = Shop.product(sku);
        int step = "-1".equals(by) ? -1 : 1;
        session.change(Shop.CART, Cart.class, cart -> cart.orElse(Cart.EMPTY).plus(product, step));
        return state();
    }

    @POST
    @Path("/logout")
    public Map<String, Object> logout(@HeaderParam("Sec-Fetch-Site") @Nullable String site) {
        sameSite(site);
        session.logout();
        return Shop.state(node, front, null, null, Cart.EMPTY);
    }

    @ServerExceptionMapper
    Response refuse(IllegalArgumentException e) {
        return Response.status(Response.Status.BAD_REQUEST).build();
    }

    private static void sameSite(@Nullable String site) {
        if (!Shop.isSameSite(site)) {
            throw new ForbiddenException("another site's page");
        }
    }
}
