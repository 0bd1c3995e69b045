// SPDX-License-Identifier: Apache-2.0
/**
 * Sessions in one Amazon DynamoDB table: {@link io.github.dynamosession.dynamodb.DynamoDbSessionStore},
 * and what is particular to DynamoDB.
 *
 * <p>The only package that sees the AWS SDK. The layout of an item is specified in
 * {@code docs/storage-format.md}; it lives in {@code Items} and {@code Row}, every expression in
 * {@code Expressions}, every translation of an SDK exception in {@code Errors}.
 */
@NullMarked
package io.github.dynamosession.dynamodb;

import org.jspecify.annotations.NullMarked;
