// SPDX-License-Identifier: Apache-2.0
/**
 * What an author of a store or a codec proves it with: the contracts as tests, a clock that moves only when told, an
 * embedded DynamoDB. Nothing here is meant for production code.
 */
@NullMarked
package io.github.dynamosession.testkit;

import org.jspecify.annotations.NullMarked;
