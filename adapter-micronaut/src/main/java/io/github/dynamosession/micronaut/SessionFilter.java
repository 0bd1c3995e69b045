// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.Arrival;
import io.github.dynamosession.SessionManager;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.env.Environment;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.core.util.StringUtils;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Filter;
import io.micronaut.http.filter.FilterPatternStyle;
import io.micronaut.http.filter.ServerFilterChain;
import io.micronaut.http.server.exceptions.InternalServerException;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.session.Session;
import io.micronaut.session.SessionStore;
import io.micronaut.session.annotation.SessionValue;
import io.micronaut.session.http.HttpSessionConfiguration;
import io.micronaut.session.http.HttpSessionFilter;
import io.micronaut.session.http.HttpSessionIdEncoder;
import io.micronaut.session.http.HttpSessionIdResolver;
import io.micronaut.session.http.SessionForRequest;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.resource.StaticResourceResolver;
import jakarta.inject.Named;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Does what the framework's filter does: finds the session, saves it before the response goes out, and
 * tells the client its id. In place of that filter because it has to know more: every cookie of the name,
 * whether a body is what the method made, whether the client needs to hear the id, and when a body that
 * is a stream has ended.
 */
@Filter(patternStyle = FilterPatternStyle.REGEX, value = "${micronaut.session.filter.regex-pattern:^.*$}")
@Requires(property = "micronaut.session.filter.enabled", notEquals = StringUtils.FALSE, defaultValue = StringUtils.TRUE)
@Replaces(HttpSessionFilter.class)
final class SessionFilter extends HttpSessionFilter {
    private final MicronautSessionStore store;
    private final RequestIds ids;
    private final HttpSessionIdEncoder[] encoders;
    private final StreamedSessions streams;
    private final @Nullable StaticResourceResolver files;
    private final @Nullable EventLoops eventLoops;
    private final Scheduler workers;

    @SuppressWarnings("unchecked") // the framework's filter, of which nothing is used, takes a store of any sessions
    SessionFilter(
            MicronautSessionStore store,
            SessionManager manager,
            HttpSessionIdResolver[] resolvers,
            HttpSessionIdEncoder[] encoders,
            HttpSessionConfiguration http,
            Environment environment,
            ConversionService conversions,
            StaticResourceResolver files,
            Optional<StoredAuthentication> security,
            Optional<EventLoops> eventLoops,
            @Named(TaskExecutors.BLOCKING) ExecutorService executor) {
        super((SessionStore<Session>) (SessionStore<?>) store, resolvers, encoders);
        this.store = store;
        this.ids = new RequestIds(manager, conversions, resolvers, http.getCookieName());
        this.encoders = Arrays.stream(encoders).map(store.cookie()::insteadOf).toArray(HttpSessionIdEncoder[]::new);
        this.streams = new StreamedSessions(store, conversions);
        this.files = SettingsOfEnvironment.readsForStaticResources(environment, security.isPresent()) ? null : files;
        this.eventLoops = eventLoops.orElse(null);
        this.workers = Schedulers.fromExecutor(executor);
    }

    @Override
    public Publisher<MutableHttpResponse<?>> doFilter(HttpRequest<?> request, ServerFilterChain chain) {
        request.setAttribute(HttpSessionFilter.class.getName(), true);
        List<String> named = ids.of(request);
        Arrival arrival = store.arrival(request);
        Flux<MutableHttpResponse<?>> responses = named.isEmpty() || isFile(request)
                ? Flux.from(chain.proceed(request))
                : Flux.from(Publishers.fromCompletableFuture(() -> store.findSession(named, arrival)))
                        .switchMap(found -> {
                            found.ifPresent(session -> request.setAttribute(SESSION_ATTRIBUTE, session));
                            return proceed(request, chain);
                        });
        Flux<MutableHttpResponse<?>> answered = responses.switchMap(response -> saved(request, response));
        return eventLoops == null ? answered : eventLoops.endHandshakes(request, answered);
    }

    /** Never on an event loop, which goes on here by itself if the session was found before anybody waited for it. */
    private Publisher<? extends MutableHttpResponse<?>> proceed(HttpRequest<?> request, ServerFilterChain chain) {
        return eventLoops != null && eventLoops.isHere(request)
                ? Flux.defer(() -> chain.proceed(request)).subscribeOn(workers)
                : chain.proceed(request);
    }

    private boolean isFile(HttpRequest<?> request) {
        return files != null
                && RouteAttributes.getRouteMatch(request).isEmpty()
                && files.resolve(request.getUri().getPath()).isPresent();
    }

    private Publisher<MutableHttpResponse<?>> saved(HttpRequest<?> request, MutableHttpResponse<?> response) {
        Object body = response.body();
        if (body != null) {
            attribute(request, response)
                    .ifPresent(name ->
                            SessionForRequest.findOrCreate(request, store).put(name, body));
        }
        MicronautSession session = MicronautSession.of(request);
        if (session == null || !(session.isNew() || session.isModified())) {
            return Flux.just(answered(request, response));
        }
        return Flux.from(Publishers.fromCompletableFuture(() -> store.save(session)))
                .map(saved -> answered(request, response));
    }

    /**
     * The attribute that a method's value goes to. That is not the body of an error's answer: neither of one that was
     * thrown, nor of one that the method returned, nor what the framework answers for a missing value.
     */
    private static Optional<String> attribute(HttpRequest<?> request, MutableHttpResponse<?> response) {
        if (response.code() >= HttpStatus.BAD_REQUEST.getCode()
                || RouteAttributes.getException(response).isPresent()) {
            return Optional.empty();
        }
        // A filter behind this one may have made another response, without a route.
        return RouteAttributes.getRouteInfo(response)
                .or(() -> RouteAttributes.getRouteInfo(request))
                .filter(route -> route.getAnnotationMetadata().hasAnnotation(SessionValue.class)
                        && route.getResponseBodyType().isInstance(response.body())
                        && !Publishers.isConvertibleToPublisher(response.body()))
                .map(
                        route -> route.getAnnotationMetadata()
                                .stringValue(SessionValue.class)
                                .filter(name -> !name.isEmpty())
                                .orElseThrow(
                                        () -> new InternalServerException(
                                                "@SessionValue on a method must name the attribute: its value is stored in the session")));
    }

    private MutableHttpResponse<?> answered(HttpRequest<?> request, MutableHttpResponse<?> response) {
        MicronautSession session = MicronautSession.of(request);
        if (session != null && session.isToBeTold()) {
            for (HttpSessionIdEncoder encoder : encoders) {
                encoder.encodeId(request, response, session);
            }
        }
        streams.saveAtTheEnd(request, response);
        return response;
    }
}
