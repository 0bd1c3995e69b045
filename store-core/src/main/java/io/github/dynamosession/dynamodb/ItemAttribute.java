// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.Setting;
import java.util.Locale;

/**
 * The top-level attributes of an item, by what they hold. {@link ItemAttributes} says how a table
 * names them; {@code docs/storage-format.md} says what is in them.
 */
public enum ItemAttribute {
    /** The table's HASH key (S): derived from the session id by a one-way function. */
    ID,
    /** What the row is (S): a session, a redirect, the trace of an ended session, a mark. A row without it is somebody else's. */
    KIND,
    /** What makes the session itself whatever its id (B). */
    UID,
    /** The session's attributes (M): encoded values by name. */
    DATA,
    /** Grows with each change of data (N). */
    VERSION,
    /** The token of the last change of data (B). */
    WRITE,
    /** When the session was created (N, epoch milliseconds). */
    CREATED_AT,
    /** The last recorded access (N, epoch milliseconds). */
    ACCESSED_AT,
    /** How long the session may stay unused (N, milliseconds); absent: any time. */
    IDLE_TIMEOUT,
    /** When the session ends (N, epoch milliseconds); absent: never. */
    EXPIRES_AT,
    /** The end of the absolute lifetime (N, epoch milliseconds); absent: none. */
    ABSOLUTE_EXPIRY,
    /** What binds encrypted values to the row's key (B); absent: nothing but the key itself. */
    KEY_BINDING,
    /** What DynamoDB's TTL looks at (N, epoch seconds); absent: never. */
    TTL,
    /** The number of the storage format (N). */
    FMT,
    /** In a session's row, from an id change to the next write: the key that it had before (S). */
    MOVED_FROM,
    /** The token of the id change or of the end that made the row (B). */
    CHANGE,
    /** In a redirect: the key that the session has now (S). */
    TARGET,
    /** In a redirect: why the id changed (S). */
    REASON,
    /** In a redirect: what {@link #WRITE} was in the session's row (B). */
    LAST_WRITE,
    /** In a redirect: when the session moved (N, epoch milliseconds). */
    MOVED_AT,
    /** In the mark of an indexed value: grows each time that all its sessions are ended (N). */
    GENERATION,
    /** In the mark of an indexed value: the {@link #UID} of the session that was left alone (B); absent: none. */
    SPARED,
    /** In a session's row: until when all parts that it points to are kept at least (N, epoch milliseconds). */
    PARTS_UNTIL,
    /** In a part: its bytes (B). */
    CONTENT,
    /** In a session's row: who has its lock (B); absent: nobody. */
    LOCK_OWNER,
    /** In a session's row: when others may take its lock (N, epoch milliseconds). */
    LOCK_UNTIL;

    private final String defaultName = name().toLowerCase(Locale.ROOT);
    private final String placeholder = "#" + defaultName;

    /**
     * The name that a table uses unless told otherwise.
     *
     * @return the constant's name in lower case
     */
    public String defaultName() {
        return defaultName;
    }

    /** The name's stand-in in every expression. */
    String placeholder() {
        return placeholder;
    }

    /** The setting that names this attribute. */
    Setting setting() {
        return new Setting(
                "attribute-names." + defaultName.replace('_', '-'),
                String.class,
                "`" + defaultName + "`",
                "what the table calls the attributes of an item; see [storage-format.md](storage-format.md)");
    }
}
