// SPDX-License-Identifier: Apache-2.0
/**
 * What may lie between a codec and the store and needs no dependency: the keys of encryption. The work
 * itself is the engine's. Codecs with dependencies are modules of their own.
 */
@NullMarked
package io.github.dynamosession.codec;

import org.jspecify.annotations.NullMarked;
