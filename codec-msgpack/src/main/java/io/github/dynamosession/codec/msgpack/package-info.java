// SPDX-License-Identifier: Apache-2.0
/**
 * Session attributes as MessagePack: {@link io.github.dynamosession.codec.msgpack.MessagePackCodec} and
 * the provider that makes one from settings. Which types are stored, and under which ids, is the JSON
 * codec's matter; here is how tokens become bytes. See {@code docs/codec-msgpack.md}.
 */
@NullMarked
package io.github.dynamosession.codec.msgpack;

import org.jspecify.annotations.NullMarked;
