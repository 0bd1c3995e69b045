// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.concurrent.CompletionStage;

/** A store that can say where it keeps sessions, and try whether it can, before the first request does. */
public interface CheckableSessionStore extends SessionStore {
    /**
     * Where the sessions are, for the operator's log.
     *
     * @return a noun, such as {@code the DynamoDB table sessions in eu-central-1}; no secret
     */
    String location();

    /**
     * Reads once, as {@link #find} does, to see whether sessions can be kept here. Never writes, takes no longer than a
     * request would wait, and says at once what a request would only find out after repetitions.
     *
     * @param probe a key of the application's namespace under which there is no session
     * @return a stage that ends when the store has answered
     * @throws StoreMisconfiguredException (in the stage) if the store refused, and will go on to
     * @throws SessionStoreException (in the stage) if it did not answer
     */
    CompletionStage<Void> check(SessionKey probe);
}
