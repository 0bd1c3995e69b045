// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.settings.SessionPaths;
import io.github.dynamosession.web.CookiePolicy;
import io.github.dynamosession.web.CookieSpec;
import io.github.dynamosession.web.SessionExchange;
import io.github.dynamosession.web.SessionFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.MultiValueMap;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.server.WebSession;
import org.springframework.web.server.session.WebSessionManager;
import reactor.core.publisher.Mono;

/**
 * The sessions of a WebFlux application. A request that does not ask for the session costs nothing; what changed is
 * saved before the response is committed, and the cookie is set after that: who gets it can use it.
 *
 * <p>A failed save is an error of the request, as long as nothing of the response was sent.
 */
final class DynamoWebSessionManager implements WebSessionManager {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoWebSessionManager.class);

    /** The attribute of a request that has its {@link SessionExchange}. */
    private static final String EXCHANGE = DynamoWebSessionManager.class.getName();

    private final SessionManager manager;
    private final CookiePolicy policy;
    private final SessionPaths paths;

    DynamoWebSessionManager(SessionManager manager, CookiePolicy policy, SessionPaths paths) {
        this.manager = manager;
        this.policy = policy;
        this.paths = paths;
    }

    @Override
    public Mono<WebSession> getSession(ServerWebExchange exchange) {
        ServerHttpRequest request = exchange.getRequest();
        if (!paths.matches(request.getPath().pathWithinApplication().value())) {
            return Mono.error(() -> new IllegalStateException(
                    "this path has no sessions: see dynamosession.include-paths and dynamosession.exclude-paths"));
        }
        // Spring counts a response as committed as soon as it begins to commit.
        AtomicBoolean headSent = new AtomicBoolean();
        // Spring calls this when the request comes, and subscribes when the session is asked for.
        SessionExchange one = SessionExchange.deferred(
                manager,
                policy.age(),
                manager.arrival(request.getHeaders().getFirst("Sec-Fetch-Mode")),
                new SessionExchange.Hooks() {
                    @Override
                    public boolean isHeadSent() {
                        return headSent.get();
                    }
                });
        return Mono.defer(() -> {
            List<String> cookies = policy.candidates(request.getHeaders().getOrDefault(HttpHeaders.COOKIE, List.of()));
            return call(one, () -> one.async().open(cookies, List.of())).then(Mono.fromSupplier(() -> {
                ServerHttpResponse response = exchange.getResponse();
                headSent.set(response.isCommitted());
                exchange.getAttributes().put(EXCHANGE, one);
                response.beforeCommit(() -> commit(one, exchange).doOnSuccess(done -> headSent.set(true)));
                return new DynamoWebSession(one);
            }));
        });
    }

    private Mono<Void> commit(SessionExchange one, ServerWebExchange exchange) {
        return call(one, () -> one.async().commit())
                .doOnError(failure -> {
                    // Those of the answer that is not sent: a login that failed must not be remembered. But if the
                    // session has another id by now, the browser has to know it.
                    exchange.getResponse().getCookies().clear();
                    giveCookie(one, exchange);
                })
                .then(Mono.fromRunnable(() -> giveCookie(one, exchange)));
    }

    private void giveCookie(SessionExchange one, ServerWebExchange exchange) {
        MultiValueMap<String, ResponseCookie> cookies = exchange.getResponse().getCookies();
        policy.cookie(one.cookie(), isSecure(exchange))
                .ifPresentOrElse(spec -> cookies.set(spec.name(), cookie(spec)), () -> cookies.remove(policy.name()));
    }

    private static boolean isSecure(ServerWebExchange exchange) {
        return exchange.getRequest().getSslInfo() != null
                || "https".equalsIgnoreCase(exchange.getRequest().getURI().getScheme());
    }

    private static ResponseCookie cookie(CookieSpec spec) {
        ResponseCookie.ResponseCookieBuilder cookie = ResponseCookie.from(spec.name(), spec.value())
                .path(spec.path())
                .secure(spec.secure())
                .httpOnly(spec.httpOnly())
                .partitioned(spec.partitioned());
        spec.domain().ifPresent(cookie::domain);
        spec.maxAge().ifPresent(cookie::maxAge);
        spec.sameSite().ifPresent(cookie::sameSite);
        return cookie.build();
    }

    /** Does an operation when it is subscribed to; a failure gives the session up and is the answer. */
    static <T> Mono<T> call(SessionExchange one, Supplier<CompletionStage<T>> operation) {
        // Not to be cancelled with the request: what has begun to be written is finished.
        return Mono.fromFuture(() -> operation.get().toCompletableFuture(), true)
                .onErrorMap(failure -> {
                    Throwable reason = failure instanceof CompletionException && failure.getCause() != null
                            ? failure.getCause()
                            : failure;
                    one.abandon();
                    return SessionFailure.known(reason)
                            .map(known -> answer(known, reason))
                            .orElse(reason);
                });
    }

    /**
     * Answers a failure that the application met when it used the session by itself, by {@link SessionManager#save} for
     * instance. Nothing of the request is stored any more: the save that comes with the response might succeed, once the
     * store is back.
     */
    static Mono<Void> refuse(ServerWebExchange exchange, Throwable failure) {
        SessionFailure known = SessionFailure.known(failure).orElse(null);
        if (known == null) {
            return Mono.error(failure);
        }
        if (exchange.getAttribute(EXCHANGE) instanceof SessionExchange one) {
            one.abandon();
        }
        return Mono.error(answer(known, failure));
    }

    /**
     * Saves the session of a request that is cancelled because its client has gone: nobody sends a response any more, for
     * which the save waits. What the application has changed by then is stored, and a lock given up.
     */
    static Mono<Void> saveIfCancelled(ServerWebExchange exchange, WebFilterChain chain) {
        // Not at the end of the chain: what is cancelled may fail before it ends, and nobody sees that failure.
        return chain.filter(exchange).doOnCancel(() -> {
            if (exchange.getAttribute(EXCHANGE) instanceof SessionExchange one) {
                one.async().commit().whenComplete((done, failure) -> {
                    if (failure != null) {
                        LOG.warn("The session of a request whose client has gone cannot be saved", failure);
                    }
                });
            }
        });
    }

    private static Throwable answer(SessionFailure failure, Throwable reason) {
        SessionFailure.log(LOG, "A session failed; the answer is " + failure.status(), reason);
        HttpHeaders headers = new HttpHeaders();
        failure.retryAfter()
                .map(Duration::toSeconds)
                .ifPresent(seconds -> headers.set(HttpHeaders.RETRY_AFTER, Long.toString(seconds)));
        return new ResponseStatusException(HttpStatusCode.valueOf(failure.status()), null, reason) {
            private static final long serialVersionUID = 1L;

            @Override
            public HttpHeaders getHeaders() {
                return headers;
            }
        };
    }
}
