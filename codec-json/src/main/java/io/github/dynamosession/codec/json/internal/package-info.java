// SPDX-License-Identifier: Apache-2.0
/**
 * What the JSON and the MessagePack codec share: which types are stored, under which ids, and how
 * they look in a tree of objects, arrays and scalars. Not API: public only because two modules use
 * it, and changed without notice.
 */
@NullMarked
package io.github.dynamosession.codec.json.internal;

import org.jspecify.annotations.NullMarked;
