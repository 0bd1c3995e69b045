// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

/** What a save does when another request changed the same session since this one opened it. */
public enum Concurrency {
    /**
     * Changes are merged attribute by attribute: requests that change different attributes both win,
     * and of two that set the same attribute the last one does. {@link Session#compute} is exact: its
     * function is run again on what the other request stored.
     */
    MERGE,

    /**
     * Any change of data since the session was opened makes the save answer
     * {@link SaveOutcome#CONFLICT}: nothing is stored, and the application decides. Two browser tabs
     * suffice for that.
     */
    COMPARE_AND_SET
}
