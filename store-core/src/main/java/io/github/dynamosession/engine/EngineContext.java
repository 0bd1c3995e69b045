// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.crypto.ValueProtection;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What all sessions of a manager share.
 *
 * @param codecs turn values into bytes and back
 * @param protection what lies between codecs and the store
 * @param ids make and check ids
 * @param timing decides when a session ends
 * @param custom what is kept beside a session's data
 * @param idleTimeout of a new session; null: none
 * @param large decides what lies outside of a session's row
 */
public record EngineContext(
        Codecs codecs,
        ValueProtection.Setup protection,
        SessionIds ids,
        SessionTiming timing,
        CustomAttributes custom,
        @Nullable Duration idleTimeout,
        LargeValues large) {}
