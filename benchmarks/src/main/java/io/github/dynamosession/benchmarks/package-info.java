// SPDX-License-Identifier: Apache-2.0
/**
 * What a session costs, measured: JMH benchmarks and load runs. The results are kept in the documentation.
 */
@NullMarked
package io.github.dynamosession.benchmarks;

import org.jspecify.annotations.NullMarked;
