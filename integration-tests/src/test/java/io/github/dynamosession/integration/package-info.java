// SPDX-License-Identifier: Apache-2.0
/** What several modules promise together: the documentation, the names of settings, and what tests share. */
@NullMarked
package io.github.dynamosession.integration;

import org.jspecify.annotations.NullMarked;
