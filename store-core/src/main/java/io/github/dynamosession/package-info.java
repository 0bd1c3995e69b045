// SPDX-License-Identifier: Apache-2.0
/**
 * What applications and adapters use: {@link io.github.dynamosession.SessionManager} opens, saves,
 * renames and ends a {@link io.github.dynamosession.Session}; policies say how, settings say where.
 *
 * <p>All decisions about sessions are made here, whatever the framework and whatever the database:
 * adapters translate, stores keep. What a store or codec implements lives in
 * {@link io.github.dynamosession.spi}.
 */
@NullMarked
package io.github.dynamosession;

import org.jspecify.annotations.NullMarked;
