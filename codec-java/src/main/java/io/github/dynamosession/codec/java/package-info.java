// SPDX-License-Identifier: Apache-2.0
/**
 * Java serialization behind a list of allowed classes, for frameworks that put {@code Serializable} objects into the
 * session.
 */
@NullMarked
package io.github.dynamosession.codec.java;

import org.jspecify.annotations.NullMarked;
