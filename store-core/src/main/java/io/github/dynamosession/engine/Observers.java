// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls what applications plugged in to look on: its failure must not become the request's. */
public final class Observers {
    private static final Logger LOG = LoggerFactory.getLogger(Observers.class);

    private static final ThreadLocal<Boolean> LISTENING = new ThreadLocal<>();

    private Observers() {}

    /** Whether the calling thread is in a session listener, and may be needed by what that waits for. */
    public static boolean isListening() {
        return LISTENING.get() != null;
    }

    /** Calls a session listener. */
    static void notifyListener(Runnable call) {
        if (isListening()) {
            notify(call);
            return;
        }
        LISTENING.set(true);
        try {
            notify(call);
        } finally {
            LISTENING.remove();
        }
    }

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
