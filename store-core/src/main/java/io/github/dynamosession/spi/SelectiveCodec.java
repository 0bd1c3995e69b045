// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

/**
 * A codec for the values of one framework, which stands in front of the application's codec.
 *
 * <p>Values of this codec are replaced, never changed in place: a value that a request only reads is not encoded
 * again in order to compare it. The clauses of {@link SessionCodec} hold for the values that this codec
 * {@linkplain #isFor is for}.
 */
public interface SelectiveCodec extends SessionCodec {
    /**
     * Whether this codec stores a value, in place of the application's codec. What it then refuses goes to the
     * fallback codec, if there is one.
     *
     * @param value what is to be stored
     * @return false to leave the value to the application's codec
     */
    boolean isFor(Object value);
}
