// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.SessionHandle;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.SessionPage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * Lists and ends the sessions of a user, without their ids and without the values of their attributes.
 *
 * <p>Not called {@code sessions}: Spring Boot has an endpoint of that name, and two of one name stop the application.
 */
@Endpoint(id = "dynamosessions")
final class DynamoSessionsEndpoint {
    private final SessionManager manager;

    DynamoSessionsEndpoint(SessionManager manager) {
        this.manager = manager;
    }

    /**
     * Sessions of a user.
     *
     * @param sessions up to 100, the oldest first
     * @param more whether there are more
     */
    record Listed(List<One> sessions, boolean more) {}

    /**
     * A session.
     *
     * @param reference by which it can be ended; opens nothing
     * @param lastAccessedAt the last use that was recorded
     * @param expiresAt when it ends unless it is used; null: never
     * @param attributes the bytes that each one has
     */
    record One(
            String reference,
            Instant createdAt,
            Instant lastAccessedAt,
            @Nullable Instant expiresAt,
            Map<String, Integer> attributes) {
        static One of(SessionHandle handle) {
            return new One(
                    handle.reference(),
                    handle.createdAt(),
                    handle.lastAccessedAt(),
                    handle.expiresAt().orElse(null),
                    handle.attributeSizes());
        }
    }

    /**
     * The outcome of ending sessions.
     *
     * @param ended how many this ended
     */
    record Ended(int ended) {}

    @ReadOperation
    Listed sessions(String username) {
        SessionPage page = manager.findBy(SessionManager.PRINCIPAL, username);
        return new Listed(
                page.sessions().stream().map(One::of).toList(), page.next().isPresent());
    }

    /** All sessions of a user, or the one that a reference names. */
    @DeleteOperation
    Ended end(String username, @Nullable String reference) {
        if (reference == null) {
            return new Ended(manager.endAllBy(SessionManager.PRINCIPAL, username));
        }
        return new Ended(
                switch (manager.endBy(SessionManager.PRINCIPAL, username, reference)) {
                    case DELETED -> 1;
                    case ABSENT, UNCERTAIN, MOVED -> 0;
                });
    }
}
