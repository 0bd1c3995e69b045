// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import java.util.List;
import java.util.Locale;

/** Names that some store or other has trouble with, and their look-alikes. */
final class AttributeNames {
    static final List<String> ALL = List.of(
            "plain",
            "",
            " ",
            "  ",
            " padded ",
            ".",
            "a.b",
            "a.b.c",
            "a..b",
            "a",
            "a b",
            "A",
            "[0]",
            "a[0]",
            "#x",
            "#",
            ":v",
            ":",
            "data",
            "ttl",
            "value",
            "lock",
            "id",
            "uid",
            "kind",
            "version",
            "name",
            "size",
            "null",
            "true",
            "0",
            "$ref",
            "__proto__",
            "${x}",
            "%00",
            "%",
            "%25",
            "%ud800",
            "~",
            "~~",
            "_",
            "__",
            "-",
            "=",
            "!",
            "*",
            "'",
            "\"",
            "a'b\"c`d",
            "; DROP TABLE sessions --",
            "<&>",
            "a/b",
            "a\\b",
            "\\",
            "\\\\",
            "\\0",
            "\\ud800",
            "\\\\ud800",
            "\\uD800",
            "u{d800}",
            "\u0000",
            "a\u0000b",
            "\t\r\n",
            "\u007f",
            "\u00e4",
            "a\u0308",
            "\u20ac",
            "\ufeff",
            "\ufffd",
            "\ufffe",
            "\uffff",
            "?",
            "\ud83d\ude00",
            "\ud83d\ude00\ud83d\ude00",
            "\ud800",
            "\udfff",
            "\ude00\ud83d",
            "\ud800\ud800",
            "a\ud800",
            "\ud800a",
            "a\ud800b",
            "a\udc00b",
            "\ud83d\ude00\ud83d",
            "\u0645\u0631\u062d\u0628\u0627",
            "\u65e5\u672c\u8a9e",
            "n".repeat(255),
            "n".repeat(256),
            "n".repeat(1_000),
            "\u20ac".repeat(1_000),
            "\ud800".repeat(1_000));

    private AttributeNames() {}

    /** In ASCII, because reports are written in encodings that know no lone surrogates. */
    static String printable(String name) {
        StringBuilder text = new StringBuilder("'");
        for (char c : name.substring(0, Math.min(20, name.length())).toCharArray()) {
            text.append(c >= ' ' && c < 127 ? String.valueOf(c) : String.format(Locale.ROOT, "\\u%04x", (int) c));
        }
        return text.append(name.length() > 20 ? "...' (" + name.length() + " characters)" : "'")
                .toString();
    }
}
