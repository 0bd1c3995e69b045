// SPDX-License-Identifier: Apache-2.0
/**
 * Compression and encryption of attribute values, signatures of session ids, and what binds a value to its row.
 *
 * <p>Applications use the keys: {@link io.github.dynamosession.crypto.EncryptionKeys} and {@link
 * io.github.dynamosession.crypto.SigningKeys}. How a value becomes bytes is a codec's part.
 */
@NullMarked
package io.github.dynamosession.crypto;

import org.jspecify.annotations.NullMarked;
