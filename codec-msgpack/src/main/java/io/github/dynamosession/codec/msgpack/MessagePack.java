// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

/** The first bytes of MessagePack, and our one extension. */
final class MessagePack {
    static final int FIX_MAP = 0x80;
    static final int FIX_ARRAY = 0x90;
    static final int FIX_STRING = 0xa0;
    static final int NIL = 0xc0;
    static final int FALSE = 0xc2;
    static final int TRUE = 0xc3;
    static final int BINARY_8 = 0xc4;
    static final int BINARY_16 = 0xc5;
    static final int BINARY_32 = 0xc6;
    static final int EXTENSION_8 = 0xc7;
    static final int EXTENSION_16 = 0xc8;
    static final int EXTENSION_32 = 0xc9;
    static final int FLOAT_32 = 0xca;
    static final int FLOAT_64 = 0xcb;
    static final int UNSIGNED_8 = 0xcc;
    static final int UNSIGNED_16 = 0xcd;
    static final int UNSIGNED_32 = 0xce;
    static final int UNSIGNED_64 = 0xcf;
    static final int INTEGER_8 = 0xd0;
    static final int INTEGER_16 = 0xd1;
    static final int INTEGER_32 = 0xd2;
    static final int INTEGER_64 = 0xd3;
    static final int FIX_EXTENSION_1 = 0xd4;
    static final int FIX_EXTENSION_16 = 0xd8;
    static final int STRING_8 = 0xd9;
    static final int STRING_16 = 0xda;
    static final int STRING_32 = 0xdb;
    static final int ARRAY_16 = 0xdc;
    static final int ARRAY_32 = 0xdd;
    static final int MAP_16 = 0xde;
    static final int MAP_32 = 0xdf;

    /** The extension type that the specification has for timestamps. */
    static final byte TIMESTAMP = -1;

    /** Text that is no valid Unicode, as UTF-16 with the high byte first; a string would be UTF-8. */
    static final byte ILL_FORMED_TEXT = 1;

    private MessagePack() {}
}
