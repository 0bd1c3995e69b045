// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.quarkus.runtime.annotations.ConfigDocMapKey;
import io.quarkus.runtime.annotations.ConfigPhase;
import io.quarkus.runtime.annotations.ConfigRoot;
import io.smallrye.config.ConfigMapping;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The settings, for documentation and completion. The engine reads and checks them by itself, those of
 * plugged-in codecs and stores too; what is absent here has the engine's default. Durations are written
 * {@code 30m}, {@code PT30M} or as a number of seconds.
 */
@ConfigMapping(prefix = "dynamosession")
@ConfigRoot(phase = ConfigPhase.RUN_TIME)
public interface DynamoSessionConfig {
    /**
     * The DynamoDB table. Required in production.
     *
     * @return empty if not set
     */
    Optional<String> tableName();

    /**
     * The region of the client that is made; otherwise the SDK's chain. Not with a client bean.
     *
     * @return empty if not set
     */
    Optional<String> region();

    /**
     * Another endpoint than the region's, such as {@code http://localhost:8000}. Not with a client bean.
     *
     * @return empty if not set
     */
    Optional<String> endpoint();

    /**
     * The longest that one call to DynamoDB may take, repetitions included; 3s unless set. Not with a
     * client bean.
     *
     * @return empty if not set
     */
    Optional<String> callTimeout();

    /**
     * How many calls to DynamoDB may be under way at once: 200 unless set, and unlimited with a client bean.
     *
     * @return empty if not set
     */
    Optional<String> maxConnections();

    /**
     * {@code strong} unless set; {@code eventual}; {@code eventual-strong-on-miss}.
     *
     * @return empty if not set
     */
    Optional<String> readConsistency();

    /**
     * Whether the table is created if it is missing; for development.
     *
     * @return empty if not set
     */
    Optional<Boolean> createTable();

    /**
     * Custom attributes that the table has an index of: {@code user}, or {@code customer:number} for one of numbers.
     *
     * @return empty if not set
     */
    Optional<List<String>> indexes();

    /**
     * Whether large values are deleted as soon as they are replaced, and when their session ends: {@code false} unless
     * set.
     *
     * @return empty if not set
     */
    Optional<Boolean> deleteParts();

    /**
     * How much later than a session's end DynamoDB's TTL removes its row, so that a sweep finds it before: {@code 0} unless
     * set.
     *
     * @return empty if not set
     */
    Optional<String> ttlGrace();

    /**
     * Whether a sweep also deletes what TTL removes elsewhere, for tables without TTL: {@code false} unless set.
     *
     * @return empty if not set
     */
    Optional<Boolean> sweepLeftovers();

    /**
     * What the table calls the attributes of an item.
     *
     * @return by the name of docs/storage-format.md
     */
    @ConfigDocMapKey("attribute")
    Map<String, String> attributeNames();

    /**
     * {@code dynamodb} unless set; {@code memory} for development.
     *
     * @return empty if not set
     */
    Optional<String> store();

    /**
     * The codec, if there are several on the class path: {@code json}, {@code msgpack}, {@code java}.
     *
     * @return empty if not set
     */
    Optional<String> codec();

    /**
     * A codec for what the first one refuses.
     *
     * @return empty if not set
     */
    Optional<String> fallbackCodec();

    /**
     * Codecs that only decode.
     *
     * @return empty if not set
     */
    Optional<List<String>> readableCodecs();

    /**
     * Classes, or packages as {@code com.shop.*}, that may be stored.
     *
     * @return empty if not set
     */
    Optional<List<String>> allowedTypes();

    /**
     * Encoded values of more bytes are compressed: 2048 unless set, or {@code off}.
     *
     * @return empty if not set
     */
    Optional<String> compressAbove();

    /**
     * Values of more bytes, as they are stored, lie outside of the session's row: 16384 unless set, or {@code off}.
     *
     * @return empty if not set
     */
    Optional<String> partsAbove();

    /**
     * Values of more bytes, as they are stored, are refused: 16777216 unless set.
     *
     * @return empty if not set
     */
    Optional<Integer> largestValue();

    /**
     * Names of attributes, or {@code *} for all, that are fetched with the session if they lie outside of its row.
     *
     * @return empty if not set
     */
    Optional<List<String>> prefetch();

    /**
     * Keys written {@code id:base64}: the first encrypts, all decrypt.
     *
     * @return empty if not set
     */
    Optional<List<String>> encryptionKeys();

    /**
     * A file with one key a line, instead of the keys.
     *
     * @return empty if not set
     */
    Optional<String> encryptionKeysFile();

    /**
     * {@code read-write} unless set; {@code read-only}: the first step of a rollout.
     *
     * @return empty if not set
     */
    Optional<String> encryption();

    /**
     * Whether values that are not encrypted are unreadable: the last step of a rollout.
     *
     * @return empty if not set
     */
    Optional<Boolean> requireEncryption();

    /**
     * What concerns the codec {@code java}.
     *
     * @return its settings
     */
    Java java();

    /**
     * Keeps applications apart that share a table.
     *
     * @return empty if not set
     */
    Optional<String> namespace();

    /**
     * How long a session may stay unused: 30m unless set, or {@code never}.
     *
     * @return empty if not set
     */
    Optional<String> idleTimeout();

    /**
     * How long a session may live however much it is used; unlimited unless set.
     *
     * @return empty if not set
     */
    Optional<String> absoluteLifetime();

    /**
     * How often mere use is recorded: a tenth of the idle timeout and at most 5m unless set; 0 for every
     * request.
     *
     * @return empty if not set
     */
    Optional<String> touchInterval();

    /**
     * How often this node removes expired sessions and tells listeners; never unless set.
     *
     * @return empty if not set
     */
    Optional<String> sweepInterval();

    /**
     * {@code merge} by attribute unless set; {@code compare-and-set}: any change in between is a conflict.
     *
     * @return empty if not set
     */
    Optional<String> concurrency();

    /**
     * {@code none} unless set; {@code session}: requests of one session run one after the other, for two writes each.
     *
     * @return empty if not set
     */
    Optional<String> locking();

    /**
     * How long a session stays locked that nobody unlocks, 30 s unless set; longer than any request takes.
     *
     * @return empty if not set
     */
    Optional<String> lockLease();

    /**
     * How long a request waits for a session that another one has locked, 10 s unless set; then 503.
     *
     * @return empty if not set
     */
    Optional<String> lockWait();

    /**
     * {@code hide} unless set; {@code fail}; {@code new-session}.
     *
     * @return empty if not set
     */
    Optional<String> unreadableAttributes();

    /**
     * Attributes without which a session is not opened if they are stored and cannot be read.
     *
     * @return empty if not set
     */
    Optional<List<String>> requiredAttributes();

    /**
     * Whether warnings about attributes that cannot be read name the attribute; false unless set.
     *
     * @return empty if not set
     */
    Optional<Boolean> logAttributeNames();

    /**
     * Whether ending all sessions of a user holds for those, too, that the index does not show yet; false unless set. One
     * more read whenever a session is opened.
     *
     * @return empty if not set
     */
    Optional<Boolean> indexMarks();

    /**
     * {@code fail} unless set: 503; {@code continue} without a session.
     *
     * @return empty if not set
     */
    Optional<String> storeUnavailable();

    /**
     * Whether one read tries the store when the application starts: {@code warn} logs what is wrong, {@code fail}
     * does not start then, {@code off}. Reads nothing when a snapshot of the process is taken (SnapStart, CRaC,
     * Spring AOT).
     *
     * @return empty if not set
     */
    Optional<String> checkAtStart();

    /**
     * Whether a new session without attributes is stored; false unless set.
     *
     * @return empty if not set
     */
    Optional<Boolean> storeEmptySessions();

    /**
     * Base64 keys that sign ids: the first signs, all verify.
     *
     * @return empty if not set
     */
    Optional<List<String>> signingKeys();

    /**
     * A file with one key a line, instead of the keys.
     *
     * @return empty if not set
     */
    Optional<String> signingKeysFile();

    /**
     * {@code verify-only}: this node takes signed ids and ids that are not, and signs none yet; the first step of
     * turning signing on.
     *
     * @return empty if not set
     */
    Optional<String> signing();

    /**
     * Until when ids that are not signed count although this node signs, such as {@code 2030-01-31T12:00:00Z}; for
     * turning signing on without logging anyone out.
     *
     * @return empty if not set
     */
    Optional<String> acceptUnsignedUntil();

    /**
     * Whether what a request changed is stored although it is answered with 400 or more; true unless set.
     *
     * @return empty if not set
     */
    Optional<Boolean> keepChangesOnError();

    /**
     * The paths that have sessions, as {@code /folder/*}, {@code *.extension} or {@code /path}, with the
     * application's root path; all unless set.
     *
     * @return empty if not set
     */
    Optional<List<String>> includePaths();

    /**
     * Paths without sessions, even if they are included.
     *
     * @return empty if not set
     */
    Optional<List<String>> excludePaths();

    /**
     * With {@code quarkus-undertow}: whether session ids are put into URLs, and looked for there.
     *
     * @return empty: whether the application chose that tracking mode
     */
    Optional<Boolean> urlTracking();

    /**
     * Whether static resources have sessions, for filters in front of them; false unless set. Sessions
     * are read ahead, so that each file would cost a read.
     *
     * @return empty if not set
     */
    Optional<Boolean> readForStaticResources();

    /**
     * The cookie.
     *
     * @return its settings
     */
    Cookie cookie();

    /** What concerns the codec {@code java}. */
    interface Java {
        /**
         * Classes, or packages as {@code com.shop.*} or {@code com.shop.**}, that may be deserialized.
         *
         * @return empty if not set
         */
        Optional<List<String>> allowedTypes();
    }

    /** The cookie that holds the session's id. */
    interface Cookie {
        /**
         * Its name; {@code vertx-web.session} unless set.
         *
         * @return empty if not set
         */
        Optional<String> name();

        /**
         * Its Path; {@code /} unless set.
         *
         * @return empty if not set
         */
        Optional<String> path();

        /**
         * Its Domain; the host that set it unless set.
         *
         * @return empty if not set
         */
        Optional<String> domain();

        /**
         * Whether it is sent over TLS only; true for requests that come over TLS unless set.
         *
         * @return empty if not set
         */
        Optional<Boolean> secure();

        /**
         * Whether scripts cannot read it; true unless set.
         *
         * @return empty if not set
         */
        Optional<Boolean> httpOnly();

        /**
         * {@code lax} unless set; {@code strict}; {@code none}, which needs {@code secure}.
         *
         * @return empty if not set
         */
        Optional<String> sameSite();

        /**
         * Whether it is kept per top-level site.
         *
         * @return empty if not set
         */
        Optional<Boolean> partitioned();

        /**
         * How long the browser keeps it; until it ends unless set.
         *
         * @return empty if not set
         */
        Optional<String> maxAge();
    }
}
