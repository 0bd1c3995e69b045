// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.lang.reflect.Type;

/**
 * Turns one attribute value into bytes and back.
 *
 * <p>The clauses are numbered; the contract tests of {@code dynamosession-store-testkit} cite them.
 * <ul>
 *   <li><b>K1</b> What {@link #encode} accepts, {@link #decode} gives back: equal, and of the same class
 *       wherever the value's class is one that the codec says it keeps.
 *   <li><b>K2</b> A value that would not come back so is refused by {@code encode} with
 *       {@link UnstorableValueException}, whose message names the type and what allows it. Nothing is
 *       dropped silently.
 *   <li><b>K3</b> Bytes that {@code decode} cannot read, whoever made them, end in
 *       {@link UnreadableValueException}: quickly, without an allocation out of proportion to their
 *       length, and without running code of a type that was not allowed.
 *   <li><b>K4</b> Safe for any number of threads.
 *   <li><b>K5</b> The format id is stable from release to release, and {@code decode} reads what earlier
 *       releases wrote.
 *   <li><b>K6</b> Messages of exceptions hold no values.
 *   <li><b>K7</b> Encoding a value that {@code decode} gave, twice, gives the same bytes as long as the
 *       value is not changed. Two equal values may have different encodings.
 * </ul>
 *
 * <p>Neither method is called with or must return null: a null value is an attribute that is removed.
 */
public interface SessionCodec {
    /**
     * The id of the format that this codec writes and reads, stored beside each value.
     *
     * @return 1 to 63 for this library's own (see {@link EncodedValue}), 64 to 127 for an application's
     */
    int format();

    /**
     * Encodes a value (K1, K2).
     *
     * @param value what to encode
     * @return the bytes; not changed afterwards by either side. Those of {@link EncodedValue#JSON} are
     *     valid UTF-8
     * @throws UnstorableValueException if this codec does not store such a value
     */
    byte[] encode(Object value);

    /**
     * Decodes bytes (K1, K3).
     *
     * @param bytes what {@link #encode} once gave, or what somebody put in its place; not to be changed
     * @param type what the caller wants: a class or a generic type; {@code Object.class} if it does not
     *     say, in which case the value has the type that the encoding itself names
     * @return the value, an instance of {@code type} (of its wrapper for a primitive)
     * @throws UnreadableValueException if the bytes are not such a value
     */
    Object decode(byte[] bytes, Type type);
}
