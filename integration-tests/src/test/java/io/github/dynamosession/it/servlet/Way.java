// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

/** Who keeps the sessions while a rule is checked. */
enum Way {
    /** The container itself: no filter. */
    CONTAINER,
    /** The filter, over the in-memory store. */
    MEMORY,
    /** The filter, over DynamoDB Local. */
    DYNAMODB
}
