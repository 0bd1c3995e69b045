// SPDX-License-Identifier: Apache-2.0
/**
 * All modules together: what none of them can see alone. Rules of architecture and of publication, real servers, real
 * engines.
 */
@NullMarked
package io.github.dynamosession.integration;

import org.jspecify.annotations.NullMarked;
