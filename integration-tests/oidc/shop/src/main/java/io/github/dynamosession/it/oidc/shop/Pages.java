// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.oidc.shop;

import io.github.dynamosession.Session;
import io.github.dynamosession.quarkus.OidcLogins;
import io.quarkus.oidc.AccessTokenCredential;
import io.quarkus.oidc.OidcSession;
import io.quarkus.security.Authenticated;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;

/** The pages. */
@Path("/")
public class Pages {
    @Inject
    SecurityIdentity identity;

    @Inject
    AccessTokenCredential token;

    @Inject
    OidcSession oidc;

    /** None with Quarkus' own manager of tokens. */
    @Inject
    Instance<OidcLogins> logins;

    @Inject
    Session session;

    /** For Quarkus. */
    public Pages() {}

    /**
     * For everybody.
     *
     * @return a word
     */
    @GET
    @Path("welcome")
    public String welcome() {
        return "welcome";
    }

    /**
     * For everybody: puts something into the cart.
     *
     * @return a word
     */
    @GET
    @Path("buy")
    public String buy() {
        session.set("cart", "tea");
        return "bought";
    }

    /**
     * For everybody.
     *
     * @return what is in the cart
     */
    @GET
    @Path("cart")
    public String cart() {
        return session.get("cart", String.class).orElse("nothing");
    }

    /**
     * For users.
     *
     * @return who it is, and the access token
     */
    @GET
    @Path("account")
    @Authenticated
    public String account() {
        return identity.getPrincipal().getName() + " " + token.getToken();
    }

    /**
     * For users of another tenant.
     *
     * @return who it is, and the access token
     */
    @GET
    @Path("office/account")
    @Authenticated
    public String office() {
        return account();
    }

    /**
     * Logs out here.
     *
     * @return a word
     */
    @GET
    @Path("leave")
    @Authenticated
    public Uni<String> leave() {
        return oidc.logout().replaceWith("bye");
    }

    /**
     * Logs out in all browsers.
     *
     * @return how many logins and sessions it were
     */
    @GET
    @Path("leave-everywhere")
    @Authenticated
    public Uni<Integer> leaveEverywhere() {
        String name = identity.getPrincipal().getName();
        return Uni.createFrom().completionStage(() -> logins.get().endAllAsync(name));
    }
}
