// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.Session;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.CookieSettings;
import io.github.dynamosession.web.CookieAge;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.CookieImpl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The cookie that holds the session's id. Set up before the first request, and checked as a whole. */
final class SessionCookie {
    private static final String HOST_PREFIX = "__Host-";
    private static final String SECURE_PREFIX = "__Secure-";

    String name;
    String path;

    @Nullable
    String domain;

    /** Whether it is sent over TLS only; null: if the request came over TLS. */
    @Nullable
    Boolean secure;

    boolean httpOnly = true;

    /** Null: not said. */
    @Nullable
    CookieSameSite sameSite = CookieSameSite.LAX;

    boolean partitioned;

    /** Seconds, to which a touch interval is added; zero or negative: as long as the browser runs. */
    long maxAge = -1;

    SessionCookie(String name, String path) {
        this.name = name;
        this.path = path;
    }

    /** Takes over what is said. */
    void apply(CookieSettings settings) {
        settings.name().ifPresent(said -> name = said);
        settings.path().ifPresent(said -> path = said);
        settings.domain().ifPresent(said -> domain = said);
        settings.secure().ifPresent(said -> secure = said);
        settings.httpOnly().ifPresent(said -> httpOnly = said);
        settings.sameSite().ifPresent(said -> sameSite = sameSite(said));
        settings.partitioned().ifPresent(said -> partitioned = said);
        settings.maxAge().ifPresent(said -> maxAge = said.toSeconds());
    }

    private static CookieSameSite sameSite(String said) {
        for (CookieSameSite policy : CookieSameSite.values()) {
            if (policy.toString().equalsIgnoreCase(said)) {
                return policy;
            }
        }
        throw new ConfigurationException(List.of("dynamosession.cookie.same-site must be Strict, Lax or None"));
    }

    /**
     * Finds what a browser would refuse.
     *
     * @throws ConfigurationException with all problems, if there are any
     */
    void check() {
        List<String> problems = new ArrayList<>();
        boolean host = name.startsWith(HOST_PREFIX);
        if (secure == null && (host || name.startsWith(SECURE_PREFIX))) {
            secure = true;
        }
        boolean certainlySecure = Boolean.TRUE.equals(secure);
        if ((host || name.startsWith(SECURE_PREFIX)) && !certainlySecure) {
            problems.add("dynamosession.cookie.secure must not be false: browsers refuse a cookie of the name " + name);
        }
        if (host && domain != null) {
            problems.add("dynamosession.cookie.domain must not be set: browsers refuse a cookie of the name " + name
                    + " with a domain");
        }
        if (host && !path.equals("/")) {
            problems.add("dynamosession.cookie.path must be /: browsers refuse a cookie of the name " + name
                    + " with another path");
        }
        if (sameSite == CookieSameSite.NONE && !certainlySecure) {
            problems.add(
                    "dynamosession.cookie.secure must be true with SameSite=None: browsers refuse the cookie otherwise");
        }
        if (partitioned && !certainlySecure) {
            problems.add(
                    "dynamosession.cookie.secure must be true for a partitioned cookie: browsers refuse it otherwise");
        }
        try {
            cookie("value", true).encode();
        } catch (IllegalArgumentException e) {
            problems.add("dynamosession.cookie.name or another part of the cookie is not valid: " + e.getMessage());
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }

    /** Vert.x knows only the first cookie of a name: one of another path or domain may be in front of ours. */
    List<String> values(HttpServerRequest request) {
        return request.headers().getAll(HttpHeaders.COOKIE).stream()
                .flatMap(header -> ServerCookieDecoder.LAX.decodeAll(header).stream())
                .filter(cookie -> cookie.name().equals(name))
                .map(cookie -> cookie.value())
                .toList();
    }

    CookieAge age() {
        return CookieAge.of(Optional.of(Duration.ofSeconds(maxAge)));
    }

    /** The cookie by which the client names this session. */
    Cookie of(HttpServerRequest request, Session session) {
        Cookie cookie = of(request, session.cookieValue());
        age().seconds(session).ifPresent(cookie::setMaxAge);
        return cookie;
    }

    /** The cookie that takes the other one away. */
    Cookie over(HttpServerRequest request) {
        return of(request, "").setMaxAge(0);
    }

    private Cookie of(HttpServerRequest request, String value) {
        return cookie(value, secure == null ? request.isSSL() : secure);
    }

    private Cookie cookie(String value, boolean isSecure) {
        return (partitioned ? new PartitionedCookie(name, value) : Cookie.cookie(name, value))
                .setPath(path)
                .setDomain(domain)
                .setHttpOnly(httpOnly)
                .setSecure(isSecure)
                .setSameSite(sameSite);
    }

    /** Vert.x 4 does not know the attribute. */
    private static final class PartitionedCookie extends CookieImpl {
        PartitionedCookie(String name, String value) {
            super(name, value);
        }

        @Override
        public String encode() {
            return super.encode() + "; Partitioned";
        }
    }
}
