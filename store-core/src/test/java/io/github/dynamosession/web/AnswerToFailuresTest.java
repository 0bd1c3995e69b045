// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionConflictException;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The answer to a failure of the session")
class AnswerToFailuresTest {
    @Test
    @DisplayName("is 503 with Retry-After if a repetition may succeed, also inside of what a stage throws")
    void unavailable() {
        SessionFailure answer =
                SessionFailure.of(new CompletionException(new SessionStoreException("down", null, false)));

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.reason()).isEqualTo("Service Unavailable");
        assertThat(answer.retryAfter()).contains(Duration.ofSeconds(2));
        assertThat(answer.isUnavailable()).isTrue();
    }

    @Test
    @DisplayName("is 409 for a conflict")
    void conflict() {
        SessionFailure answer = SessionFailure.of(new SessionConflictException());

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.retryAfter()).isEmpty();
        assertThat(answer.isUnavailable()).isFalse();
    }

    @Test
    @DisplayName("is 500 for everything else, which has no answer of its own")
    void other() {
        assertThat(SessionFailure.of(new StoreMisconfiguredException("no table", null))
                        .status())
                .isEqualTo(500);
        assertThat(SessionFailure.known(new StoreMisconfiguredException("no table", null)))
                .isEmpty();
        assertThat(SessionFailure.known(new IllegalStateException("mine"))).isEmpty();
    }
}
