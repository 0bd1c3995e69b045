// SPDX-License-Identifier: Apache-2.0
/**
 * For applications: {@link io.github.dynamosession.SessionManager} opens, saves and ends a {@link
 * io.github.dynamosession.Session} and changes its id; policies say how, outcomes what happened.
 *
 * <p>Settings are in {@link io.github.dynamosession.settings}, keys in {@link io.github.dynamosession.crypto}. The
 * interfaces of stores and codecs are in {@link io.github.dynamosession.spi}.
 */
@NullMarked
package io.github.dynamosession;

import org.jspecify.annotations.NullMarked;
