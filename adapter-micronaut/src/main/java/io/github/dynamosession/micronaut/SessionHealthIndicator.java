// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.SessionManager;
import io.micronaut.context.annotation.Requires;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import jakarta.inject.Singleton;
import java.util.Map;
import org.reactivestreams.Publisher;

/**
 * Says whether sessions can be read, by looking for one that does not exist: one read of the smallest
 * size, with the permissions that the application has anyway.
 */
@Singleton
@Requires(classes = HealthIndicator.class)
@Requires(property = "endpoints.health.dynamosession.enabled", notEquals = "false", defaultValue = "true")
final class SessionHealthIndicator implements HealthIndicator {
    private static final String NAME = "dynamosession";

    private final SessionManager manager;

    SessionHealthIndicator(SessionManager manager) {
        this.manager = manager;
    }

    @Override
    public Publisher<HealthResult> getResult() {
        return Publishers.fromCompletableFuture(() -> manager.checkAsync()
                .thenApply(checked -> result(HealthStatus.UP, Map.of()))
                .exceptionally(failure -> result(HealthStatus.DOWN, Map.of("error", message(failure))))
                .toCompletableFuture());
    }

    private static HealthResult result(HealthStatus status, Map<String, String> details) {
        return HealthResult.builder(NAME, status).details(details).build();
    }

    private static String message(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return String.valueOf(cause.getMessage());
    }
}
