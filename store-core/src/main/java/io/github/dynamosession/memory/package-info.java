// SPDX-License-Identifier: Apache-2.0
/**
 * A session store in memory: the reference implementation of the contract in
 * {@link io.github.dynamosession.spi.SessionStore}, for development and for applications' own tests.
 * What it holds is lost with the process and not shared between nodes.
 */
@NullMarked
package io.github.dynamosession.memory;

import org.jspecify.annotations.NullMarked;
