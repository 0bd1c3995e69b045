// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls what applications plugged in to look on: its failure must not become the request's. */
final class Observers {
    private static final Logger LOG = LoggerFactory.getLogger(SessionManager.class);

    private Observers() {}

    static void notify(Runnable call) {
        try {
            call.run();
        } catch (Exception | LinkageError | AssertionError e) {
            // Other languages throw checked exceptions where none is declared, and an application that is being
            // undeployed finds its classes gone.
            LOG.warn("A session listener or observer failed", e);
        }
    }
}
