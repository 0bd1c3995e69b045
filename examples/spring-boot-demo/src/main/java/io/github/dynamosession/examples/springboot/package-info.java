// SPDX-License-Identifier: Apache-2.0
/** The shop of the servlet example on Spring Boot: the same page, the same plain requests, the same launcher. */
@NullMarked
package io.github.dynamosession.examples.springboot;

import org.jspecify.annotations.NullMarked;
