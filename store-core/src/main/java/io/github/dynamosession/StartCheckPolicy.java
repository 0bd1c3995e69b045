// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

/** What is done at the start to see whether the store can be used. */
public enum StartCheckPolicy {
    /** Nothing: the first request sees it. */
    OFF,
    /** One read; a failure is a warning in the log. An outage of the store never stops a start. */
    WARN,
    /** One read; a failure stops the start. */
    FAIL
}
