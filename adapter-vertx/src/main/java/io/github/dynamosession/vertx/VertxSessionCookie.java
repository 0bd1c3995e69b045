// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.web.CookieSpec;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.impl.CookieImpl;
import java.util.Locale;

/** The session cookie as Vert.x has cookies. */
final class VertxSessionCookie extends CookieImpl {
    private final boolean partitioned;

    private VertxSessionCookie(CookieSpec spec) {
        super(spec.name(), spec.value());
        this.partitioned = spec.partitioned();
    }

    static Cookie of(CookieSpec spec) {
        Cookie cookie = new VertxSessionCookie(spec)
                .setPath(spec.path())
                .setDomain(spec.domain().orElse(null))
                .setHttpOnly(spec.httpOnly())
                .setSecure(spec.secure());
        spec.maxAge().ifPresent(cookie::setMaxAge);
        spec.sameSite().ifPresent(said -> cookie.setSameSite(CookieSameSite.valueOf(said.toUpperCase(Locale.ROOT))));
        return cookie;
    }

    /** Vert.x 4 does not know the attribute. */
    @Override
    public String encode() {
        return partitioned ? super.encode() + "; Partitioned" : super.encode();
    }
}
