// SPDX-License-Identifier: Apache-2.0
/**
 * What needs no dependency: Java serialization behind a list of allowed classes, and the keys of encryption, whose work
 * itself is the engine's. Codecs with dependencies are modules of their own.
 */
@NullMarked
package io.github.dynamosession.codec;

import org.jspecify.annotations.NullMarked;
