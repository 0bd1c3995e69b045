// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.SessionManager;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.concurrent.CompletionException;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Says whether sessions can be read, by looking for one that does not exist: one read of the smallest
 * size, with the permissions that the application has anyway.
 */
@Readiness
@Singleton
final class SessionHealthCheck implements AsyncHealthCheck {
    private static final String NAME = "dynamosession";

    private final SessionManager manager;

    SessionHealthCheck(SessionManager manager) {
        this.manager = manager;
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        return Uni.createFrom()
                .completionStage(manager::checkAsync)
                .map(checked -> response().up().build())
                .onFailure()
                .recoverWithItem(failure ->
                        response().down().withData("error", type(failure)).build());
    }

    private static HealthCheckResponseBuilder response() {
        return HealthCheckResponse.named(NAME);
    }

    /** The type alone: messages name endpoints and tables, and anybody may ask for health. */
    private static String type(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause.getClass().getSimpleName();
    }
}
