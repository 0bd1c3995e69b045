// SPDX-License-Identifier: Apache-2.0
/** The adapter on Micronaut's own Netty server, over a real DynamoDB Local. */
@NullMarked
package io.github.dynamosession.micronaut;

import org.jspecify.annotations.NullMarked;
