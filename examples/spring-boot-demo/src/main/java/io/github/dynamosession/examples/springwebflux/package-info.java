// SPDX-License-Identifier: Apache-2.0
/** The shop on WebFlux: the same page, the same plain requests, the same launcher; no request blocks an event loop. */
@NullMarked
package io.github.dynamosession.examples.springwebflux;

import org.jspecify.annotations.NullMarked;
