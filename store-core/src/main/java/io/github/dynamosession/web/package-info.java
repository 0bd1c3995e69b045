// SPDX-License-Identifier: Apache-2.0
/**
 * What the adapters of all frameworks do alike with one request, its session and its cookie. Nothing of a
 * framework lives here, and applications have no need of it.
 */
@NullMarked
package io.github.dynamosession.web;

import org.jspecify.annotations.NullMarked;
