// SPDX-License-Identifier: Apache-2.0
/**
 * The settings {@code dynamosession.*}: where they are looked for, how they are read, and what is wrong with them.
 *
 * <p>Applications and adapters use {@link io.github.dynamosession.settings.SessionSettings}. What a setting means is
 * decided where it is used.
 */
@NullMarked
package io.github.dynamosession.settings;

import org.jspecify.annotations.NullMarked;
