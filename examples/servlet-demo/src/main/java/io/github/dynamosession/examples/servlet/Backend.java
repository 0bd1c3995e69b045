// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.util.Optional;

/** What the front door has behind it. */
interface Backend {
    /** What it is doing. */
    enum State {
        STARTING,
        RUNNING,
        STOPPED
    }

    /** Ends with its letter. */
    String name();

    int port();

    State state();

    /** Empty while it is stopped. */
    Optional<Long> pid();

    /** As {@code kill -9} does: it has no time to say goodbye. False if there was nothing to kill. */
    boolean kill();

    /** Starts it unless it runs. False if it runs already, or is not to be started any more. */
    boolean start();
}
