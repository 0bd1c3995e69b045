// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.github.dynamosession.metrics;

import org.jspecify.annotations.NullMarked;
