// SPDX-License-Identifier: Apache-2.0
/**
 * Session attributes as JSON, through Jackson, and the policy of the types that may be read back. No Jackson type
 * appears in a signature.
 */
@NullMarked
package io.github.dynamosession.codec.json;

import org.jspecify.annotations.NullMarked;
