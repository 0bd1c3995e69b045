// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code jakarta.servlet} filter that answers for the sessions of a container, one class for each chapter of the
 * specification. Nothing here knows where sessions are stored.
 */
@NullMarked
package io.github.dynamosession.servlet;

import org.jspecify.annotations.NullMarked;
