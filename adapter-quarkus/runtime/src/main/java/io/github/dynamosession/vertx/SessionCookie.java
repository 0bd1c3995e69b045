// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cookie that holds the session's id.
 *
 * @param name its name
 * @param path its Path
 * @param secure whether it is sent over TLS only; null: if the request came over TLS
 * @param httpOnly whether scripts cannot read it
 * @param sameSite null: not said
 * @param maxAge seconds; negative: as long as the browser runs
 */
record SessionCookie(
        String name,
        String path,
        @Nullable Boolean secure,
        boolean httpOnly,
        @Nullable CookieSameSite sameSite,
        long maxAge) {

    List<String> values(HttpServerRequest request) {
        return request.cookies(name).stream().map(Cookie::getValue).toList();
    }

    boolean isLasting() {
        return maxAge >= 0;
    }

    Cookie of(HttpServerRequest request, String value) {
        Cookie cookie = Cookie.cookie(name, value)
                .setPath(path)
                .setHttpOnly(httpOnly)
                .setSecure(secure == null ? request.isSSL() : secure)
                .setSameSite(sameSite);
        return isLasting() ? cookie.setMaxAge(maxAge) : cookie;
    }

    /** The cookie that takes the other one away. */
    Cookie over(HttpServerRequest request) {
        return of(request, "").setMaxAge(0);
    }
}
