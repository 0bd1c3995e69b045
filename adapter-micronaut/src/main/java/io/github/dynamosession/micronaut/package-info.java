// SPDX-License-Identifier: Apache-2.0
/**
 * The Micronaut adapter: a store for {@code micronaut-session} that keeps sessions in DynamoDB. It
 * translates between the framework and the engine; what becomes of a session is decided there. Nothing
 * here is active unless {@code micronaut.session.http.dynamodb.enabled} is {@code true}.
 */
@Configuration
@Requires(property = SettingsOfEnvironment.PREFIX + "enabled", value = StringUtils.TRUE)
@NullMarked
package io.github.dynamosession.micronaut;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import io.micronaut.core.util.StringUtils;
import org.jspecify.annotations.NullMarked;
