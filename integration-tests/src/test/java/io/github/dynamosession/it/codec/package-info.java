// SPDX-License-Identifier: Apache-2.0
/** Codecs as applications write, combine and replace them: {@code docs/custom-codecs.md} and rolling upgrades. */
@org.jspecify.annotations.NullMarked
package io.github.dynamosession.it.codec;
