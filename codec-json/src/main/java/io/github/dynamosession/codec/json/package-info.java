// SPDX-License-Identifier: Apache-2.0
/**
 * Session attributes as JSON: {@link io.github.dynamosession.codec.json.JsonCodec} and the provider
 * that makes one from settings. No type of the JSON library appears here; how values look is in
 * {@code docs/codec-json.md}.
 */
@NullMarked
package io.github.dynamosession.codec.json;

import org.jspecify.annotations.NullMarked;
