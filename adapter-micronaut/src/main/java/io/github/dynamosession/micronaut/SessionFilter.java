// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.SessionManager;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.context.annotation.Requires;
import io.micronaut.core.util.StringUtils;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Filter;
import io.micronaut.http.filter.FilterPatternStyle;
import io.micronaut.http.filter.ServerFilterChain;
import io.micronaut.session.Session;
import io.micronaut.session.SessionStore;
import io.micronaut.session.http.HttpSessionConfiguration;
import io.micronaut.session.http.HttpSessionFilter;
import io.micronaut.session.http.HttpSessionIdEncoder;
import io.micronaut.session.http.HttpSessionIdResolver;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.resource.StaticResourceResolver;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * The framework's filter with two questions asked first: of a request whether it needs its session, of
 * a response whether the client is to be told an id.
 */
@Filter(patternStyle = FilterPatternStyle.REGEX, value = "${micronaut.session.filter.regex-pattern:^.*$}")
@Requires(property = "micronaut.session.filter.enabled", notEquals = StringUtils.FALSE, defaultValue = StringUtils.TRUE)
@Replaces(HttpSessionFilter.class)
final class SessionFilter extends HttpSessionFilter {
    private final @Nullable ReturnToEventLoop eventLoop;

    SessionFilter(
            SessionStore<Session> store,
            HttpSessionIdResolver[] resolvers,
            HttpSessionIdEncoder[] encoders,
            HttpSessionConfiguration http,
            DynamoDbSessionConfiguration configuration,
            SessionManager manager,
            StaticResourceResolver files,
            Optional<StoredAuthentication> security,
            Optional<ReturnToEventLoop> eventLoop) {
        super(
                store,
                guarded(resolvers, manager, configuration.readForStaticResources(security.isPresent()) ? null : files),
                guarded(encoders, http.getCookieMaxAge().isPresent()));
        this.eventLoop = eventLoop.orElse(null);
    }

    @Override
    public Publisher<MutableHttpResponse<?>> doFilter(HttpRequest<?> request, ServerFilterChain chain) {
        Publisher<MutableHttpResponse<?>> response = super.doFilter(request, chain);
        return eventLoop == null ? response : eventLoop.of(request, response);
    }

    private static HttpSessionIdResolver[] guarded(
            HttpSessionIdResolver[] resolvers, SessionManager manager, @Nullable StaticResourceResolver files) {
        return Arrays.stream(resolvers)
                .map(resolver -> (HttpSessionIdResolver) request -> ids(resolver, request, manager, files))
                .toArray(HttpSessionIdResolver[]::new);
    }

    private static List<String> ids(
            HttpSessionIdResolver resolver,
            HttpRequest<?> request,
            SessionManager manager,
            @Nullable StaticResourceResolver files) {
        List<String> ids;
        try {
            ids = resolver.resolveIds(request);
        } catch (IllegalArgumentException e) {
            // Not Base64, so none of ours: stock filters answer 500 until the browser forgets the cookie.
            return List.of();
        }
        List<String> ours =
                ids.stream().filter(id -> manager.idOf(id).isPresent()).toList();
        return ours.isEmpty() || isFile(request, files) ? List.of() : ours;
    }

    private static boolean isFile(HttpRequest<?> request, @Nullable StaticResourceResolver files) {
        return files != null
                && RouteAttributes.getRouteMatch(request).isEmpty()
                && files.resolve(request.getUri().getPath()).isPresent();
    }

    private static HttpSessionIdEncoder[] guarded(HttpSessionIdEncoder[] encoders, boolean lasting) {
        return Arrays.stream(encoders)
                .map(encoder -> (HttpSessionIdEncoder) (request, response, session) -> {
                    if (!(session instanceof MicronautSession ours) || ours.isToBeTold(lasting)) {
                        encoder.encodeId(request, response, session);
                    }
                })
                .toArray(HttpSessionIdEncoder[]::new);
    }
}
