// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.settings.SessionSettings;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the kind of web application says where no setting does.
 *
 * @param user of the sessions, for the line that is logged at the start
 * @param cookie its name
 * @param builder settings with defaults
 * @param executor for what must not block the caller; null if nothing does
 * @param eventLoop whether the calling thread must not block
 */
record ApplicationDefaults(
        String user,
        String cookie,
        SessionSettings.Builder builder,
        @Nullable Executor executor,
        BooleanSupplier eventLoop) {}
