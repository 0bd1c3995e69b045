// SPDX-License-Identifier: Apache-2.0
/** Metrics of sessions for Micrometer, the same with every adapter. */
@NullMarked
package io.github.dynamosession.metrics;

import org.jspecify.annotations.NullMarked;
