// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.oidc.shop;

import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;

/** A plain route; configuration says that it is for users. */
public class Routes {
    /** For Quarkus. */
    public Routes() {}

    void add(@Observes Router router) {
        router.get("/route/account").handler(routing -> {
            QuarkusHttpUser user = (QuarkusHttpUser) routing.user();
            Object cart = routing.session().get("cart");
            routing.end(user.getSecurityIdentity().getPrincipal().getName() + " " + cart);
        });
    }
}
