// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What all sessions of a manager share.
 *
 * @param codecs turn values into bytes and back
 * @param envelope what lies between codecs and the store
 * @param ids make and check ids
 * @param timing decides when a session ends
 * @param idleTimeout of a new session; null: none
 */
record SessionSetup(
        Codecs codecs,
        Envelope.Setup envelope,
        SessionIds ids,
        SessionTiming timing,
        @Nullable Duration idleTimeout) {}
