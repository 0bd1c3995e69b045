// SPDX-License-Identifier: Apache-2.0
/**
 * Not API: the room behind {@link io.github.dynamosession.SessionManager}. The session that implements
 * {@link io.github.dynamosession.Session}, saving, timing, ids and sweeping live here; no other module may use it,
 * and any release may change it.
 *
 * <p>Classes are public only because the manager's package has to reach them. How a value is protected belongs to
 * {@link io.github.dynamosession.crypto}, how a store keeps it to {@link io.github.dynamosession.spi}.
 */
@NullMarked
package io.github.dynamosession.engine;

import org.jspecify.annotations.NullMarked;
