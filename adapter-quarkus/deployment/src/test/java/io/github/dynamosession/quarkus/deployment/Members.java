// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.spi.KeyChangeReason;
import io.quarkus.security.Authenticated;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.AuthenticationRequestContext;
import io.quarkus.security.identity.IdentityProvider;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.request.TrustedAuthenticationRequest;
import io.quarkus.security.identity.request.UsernamePasswordAuthenticationRequest;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.vertx.http.runtime.security.FormAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.Cookie;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.NewCookie;
import jakarta.ws.rs.core.Response;
import java.util.TreeSet;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;

/** A shop whose visitors may log in. Everybody's password is "open". */
final class Members {
    private Members() {}

    private static SecurityIdentity identity(String name) {
        return QuarkusSecurityIdentity.builder()
                .setPrincipal(new QuarkusPrincipal(name))
                .addRole(name.equals("root") ? "admin" : "member")
                .build();
    }

    @ApplicationScoped
    public static class Passwords implements IdentityProvider<UsernamePasswordAuthenticationRequest> {
        @Override
        public Class<UsernamePasswordAuthenticationRequest> getRequestType() {
            return UsernamePasswordAuthenticationRequest.class;
        }

        @Override
        public Uni<SecurityIdentity> authenticate(
                UsernamePasswordAuthenticationRequest request, AuthenticationRequestContext context) {
            return new String(request.getPassword().getPassword()).equals("open")
                    ? Uni.createFrom().item(identity(request.getUsername()))
                    : Uni.createFrom().failure(new AuthenticationFailedException());
        }
    }

    @ApplicationScoped
    public static class Cookies implements IdentityProvider<TrustedAuthenticationRequest> {
        @Override
        public Class<TrustedAuthenticationRequest> getRequestType() {
            return TrustedAuthenticationRequest.class;
        }

        @Override
        public Uni<SecurityIdentity> authenticate(
                TrustedAuthenticationRequest request, AuthenticationRequestContext context) {
            return Uni.createFrom().item(identity(request.getPrincipal()));
        }
    }

    @Path("/")
    public static class Shop {
        private static final CyclicBarrier BOTH = new CyclicBarrier(2);

        @Inject
        RoutingContext routing;

        @Inject
        Session session;

        @Inject
        SecurityIdentity identity;

        @Inject
        SessionManager manager;

        private String cart() {
            return String.valueOf((Object) routing.session().get("cart"));
        }

        @GET
        @Path("buy")
        public String buy() {
            routing.session().put("cart", "apples");
            return cart();
        }

        @GET
        @Path("cart")
        public String look() {
            return cart();
        }

        @GET
        @Path("typed")
        public String typed() {
            return session.get("cart", String.class).orElse("nothing");
        }

        @GET
        @Path("step-up")
        public String stepUp() {
            return manager.changeId(session, KeyChangeReason.STEP_UP).name();
        }

        @GET
        @Path("names")
        public String names() {
            return new TreeSet<>(routing.session().data().keySet()) + ","
                    + routing.session().get("__dynamosession.principal") + ","
                    + routing.session().data().size();
        }

        @GET
        @Path("hello")
        public String hello() {
            return "hello";
        }

        @GET
        @Path("mine")
        @Authenticated
        public String mine() {
            return identity.getPrincipal().getName() + ":" + cart();
        }

        @GET
        @Path("admin")
        @RolesAllowed("admin")
        public String admin() {
            return "secrets";
        }

        @GET
        @Path("together")
        @Authenticated
        public String together() throws Exception {
            BOTH.await(60, TimeUnit.SECONDS);
            return cart();
        }

        @GET
        @Path("logout/form")
        @Authenticated
        public String logoutByForm() {
            FormAuthenticationMechanism.logout(identity);
            return "bye";
        }

        @GET
        @Path("logout/cookie")
        @Authenticated
        public Response logoutByCookie() {
            return Response.ok("bye")
                    .cookie(new NewCookie.Builder("quarkus-credential")
                            .path("/")
                            .maxAge(0)
                            .build())
                    .build();
        }

        @GET
        @Path("logout/session")
        public String logoutBySession() {
            routing.session().destroy();
            return "bye";
        }

        @GET
        @Path("logout/oidc")
        @Authenticated
        public String logoutAsOidcDoes() {
            Cookie cookie = routing.request().getCookie("q_session_chunk_1");
            cookie.setValue("").setMaxAge(0).setPath("/");
            return "bye";
        }

        @GET
        @Path("renewal/oidc")
        @Authenticated
        public String renewalAsOidcDoes() {
            logoutAsOidcDoes();
            routing.response().addCookie(Cookie.cookie("q_session", "tokens").setPath("/"));
            return "renewed";
        }

        @GET
        @Path("logout/message")
        @Authenticated
        public String logoutWithMessage() {
            routing.session().destroy();
            FormAuthenticationMechanism.logout(identity);
            routing.session().put("message", "see you");
            return "bye";
        }

        @GET
        @Path("message")
        public String message() {
            return String.valueOf((Object) routing.session().get("message"));
        }
    }
}
