// SPDX-License-Identifier: Apache-2.0
/**
 * What the codecs of all modules say of classes alike: which are the JDK's, which are allowed with
 * another one, which are made at run time. Not API: public only because several modules use it, and
 * changed without notice.
 */
@NullMarked
package io.github.dynamosession.codec.internal;

import org.jspecify.annotations.NullMarked;
