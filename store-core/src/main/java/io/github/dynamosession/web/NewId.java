// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import io.github.dynamosession.spi.KeyChangeReason;

/** Why a request gives its session another id. In rising order: of two reasons in one request the later one counts. */
public enum NewId {
    /** The id is merely renewed. */
    ROTATION(KeyChangeReason.ROTATION),

    /** The user stays the same and gets more rights, by a second factor for instance. */
    STEP_UP(KeyChangeReason.STEP_UP),

    /**
     * The request noticed that somebody is logged in who was not before, as requests do behind a login that the
     * container or a proxy did. Parallel requests that notice it at once are the same user's: the first one changes
     * the id, and the others neither store their session nor set a cookie.
     */
    NOTICED_LOGIN(KeyChangeReason.PRIVILEGE_CHANGE),

    /** The request logs somebody in. */
    LOGIN(KeyChangeReason.PRIVILEGE_CHANGE);

    private final KeyChangeReason reason;

    NewId(KeyChangeReason reason) {
        this.reason = reason;
    }

    /**
     * What becomes of late requests under the old id.
     *
     * @return the store's word for it
     */
    public KeyChangeReason reason() {
        return reason;
    }
}
