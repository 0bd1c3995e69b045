// SPDX-License-Identifier: Apache-2.0
/**
 * Tests that whoever writes a {@link io.github.dynamosession.spi.SessionStore} or a
 * {@link io.github.dynamosession.spi.SessionCodec} inherits, and what such tests need.
 *
 * <p>A store's author extends {@link io.github.dynamosession.testkit.SessionStoreContract}, one test or
 * more for each clause of the contract, and
 * {@link io.github.dynamosession.testkit.SessionStoreFuzz}, which lets several nodes work on a few
 * sessions at once and compares what they were told with what is stored. A codec's author extends
 * {@link io.github.dynamosession.testkit.SessionCodecContract}. Time is a
 * {@link io.github.dynamosession.testkit.MovableClock}; {@link
 * io.github.dynamosession.testkit.LossyStore} loses replies of writes that were applied.
 *
 * <p>{@link io.github.dynamosession.testkit.EmbeddedDynamoDb} gives a test class a DynamoDB in its own
 * process; that alone needs DynamoDB Local on the class path. All else works with JUnit 5.12 and later
 * and no other test library.
 */
@NullMarked
package io.github.dynamosession.testkit;

import org.jspecify.annotations.NullMarked;
