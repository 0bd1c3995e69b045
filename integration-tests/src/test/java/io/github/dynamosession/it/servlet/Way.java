// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import io.github.dynamosession.integration.Full;
import java.util.List;

/** Who keeps the sessions while a rule is checked. */
enum Way {
    /** The container itself: no filter. */
    CONTAINER,
    /** The filter, over the in-memory store. */
    MEMORY,
    /** The filter, over DynamoDB Local. */
    DYNAMODB;

    /** The containers' own sessions are not ours: they are checked when {@linkplain Full everything} is. */
    static List<Way> checked() {
        return Full.IS_ASKED_FOR ? List.of(values()) : List.of(MEMORY, DYNAMODB);
    }
}
