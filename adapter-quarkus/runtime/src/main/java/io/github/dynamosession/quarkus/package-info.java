// SPDX-License-Identifier: Apache-2.0

/**
 * The Quarkus extension: configuration, beans, and the routes in front of an application's own. What is
 * known of HTTP is in {@code io.github.dynamosession.vertx}.
 */
@NullMarked
package io.github.dynamosession.quarkus;

import org.jspecify.annotations.NullMarked;
