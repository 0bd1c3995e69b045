// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.SessionManager;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpRequestWrapper;
import io.micronaut.http.cookie.Cookie;
import io.micronaut.http.cookie.Cookies;
import io.micronaut.http.cookie.ServerCookieDecoder;
import io.micronaut.http.simple.cookies.SimpleCookies;
import io.micronaut.session.http.HttpSessionIdResolver;
import java.util.List;
import java.util.stream.Stream;

/**
 * The session ids that a request names, as the application's resolvers read them. A resolver sees one
 * cookie of a name, because the framework keeps no more; so each is shown to it in turn.
 */
final class RequestIds {
    private final SessionManager manager;
    private final ConversionService conversions;
    private final HttpSessionIdResolver[] resolvers;
    private final String cookieName;

    RequestIds(
            SessionManager manager,
            ConversionService conversions,
            HttpSessionIdResolver[] resolvers,
            String cookieName) {
        this.manager = manager;
        this.conversions = conversions;
        this.resolvers = resolvers;
        this.cookieName = cookieName;
    }

    /**
     * The ids by the first resolver that knows some of this application, in the order of the request.
     *
     * @param request any
     * @return what the manager may open; empty: there is nothing to look up
     */
    List<String> of(HttpRequest<?> request) {
        List<Cookie> cookies = cookies(request);
        for (HttpSessionIdResolver resolver : resolvers) {
            Stream<String> named = cookies.isEmpty()
                    ? resolved(resolver, request)
                    : cookies.stream().flatMap(cookie -> resolved(resolver, new OneOfThem(request, cookie)));
            List<String> ours =
                    named.filter(id -> manager.idOf(id).isPresent()).distinct().toList();
            if (!ours.isEmpty()) {
                return ours;
            }
        }
        return List.of();
    }

    private static Stream<String> resolved(HttpSessionIdResolver resolver, HttpRequest<?> request) {
        try {
            return resolver.resolveIds(request).stream();
        } catch (IllegalArgumentException e) {
            // Not Base64, so none of ours: the framework's filter answers 500 until the browser forgets the cookie.
            return Stream.empty();
        }
    }

    private List<Cookie> cookies(HttpRequest<?> request) {
        return request.getHeaders().getAll(HttpHeaders.COOKIE).stream()
                .flatMap(header -> Stream.of(header.split(";", -1)))
                .map(String::strip)
                .filter(pair -> pair.regionMatches(true, 0, cookieName + "=", 0, cookieName.length() + 1))
                .flatMap(pair -> ServerCookieDecoder.INSTANCE.decode(pair).stream())
                .toList();
    }

    /** The request as if the browser had sent this cookie of the name alone. */
    private final class OneOfThem extends HttpRequestWrapper<Object> {
        private final Cookie cookie;

        @SuppressWarnings("unchecked") // nobody asks for the body
        OneOfThem(HttpRequest<?> request, Cookie cookie) {
            super((HttpRequest<Object>) request);
            this.cookie = cookie;
        }

        @Override
        public Cookies getCookies() {
            SimpleCookies cookies = new SimpleCookies(conversions);
            for (Cookie other : super.getCookies().getAll()) {
                if (!other.getName().equalsIgnoreCase(cookieName)) {
                    cookies.put(other.getName(), other);
                }
            }
            cookies.put(cookie.getName(), cookie);
            return cookies;
        }
    }
}
