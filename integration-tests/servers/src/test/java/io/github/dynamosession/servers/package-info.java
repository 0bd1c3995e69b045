// SPDX-License-Identifier: Apache-2.0
/** Whole application servers: started as processes, asked over HTTP. */
@NullMarked
package io.github.dynamosession.servers;

import org.jspecify.annotations.NullMarked;
