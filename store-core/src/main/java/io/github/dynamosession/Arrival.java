// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import java.time.Instant;

/**
 * When a request came, which decides what it finds under an id that has changed since. Made by
 * {@link SessionManager#arrival} when an adapter first sees the request, not when the request asks for its
 * session: an upload that began before a login may ask a minute later.
 *
 * @param at the time, by the manager's clock
 * @param navigation whether a browser navigates to what was asked for, instead of fetching it for a page that
 *     it shows already
 */
public record Arrival(Instant at, boolean navigation) {}
