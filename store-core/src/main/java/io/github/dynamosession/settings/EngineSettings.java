// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.settings;

import io.github.dynamosession.spi.Setting;
import java.time.Duration;
import java.util.List;

/**
 * The settings that the engine and the adapters read, each with its key, its default and its description; the only
 * place that says so. Stores and codecs have settings of their own ({@link
 * io.github.dynamosession.spi.SessionStoreProvider#settings()}).
 */
public final class EngineSettings {
    /** {@code store}. */
    public static final Setting STORE =
            new Setting("store", String.class, "`dynamodb`", "`dynamodb`, or `memory` for development");

    /** {@code codec}. */
    public static final Setting CODEC = new Setting(
            "codec",
            String.class,
            "the one on the class path",
            "`json` or `msgpack`; to be named if there are several. `java` only if named, "
                    + "and with `dynamosession-codec-java`: [codec-java.md](codec-java.md)");

    /** {@code fallback-codec}. */
    public static final Setting FALLBACK_CODEC = new Setting(
            "fallback-codec", String.class, "", "a codec for values that the first one refuses, such as `java`");

    /** {@code readable-codecs}. */
    public static final Setting READABLE_CODECS = new Setting(
            "readable-codecs",
            List.class,
            "",
            "codecs that only decode, with commas: values that another configuration wrote. They hold "
                    + "beside a codec set in code, too; one that code registers for the same format wins. A "
                    + "value that only such a codec can encode is read, and cannot be changed in place. Moving "
                    + "a fleet: first every node reads both, then each writes the new one");

    /** {@code namespace}. */
    public static final Setting NAMESPACE = new Setting(
            "namespace",
            String.class,
            "none; the context path in the servlet adapter",
            "keeps applications apart that share a table");

    /** {@code compress-above}. */
    public static final Setting COMPRESS_ABOVE = new Setting(
            "compress-above",
            String.class,
            "`2048`",
            "encoded values of more bytes are compressed, if that makes them smaller; `off`. "
                    + "Compressed values are always readable");

    /** {@code parts-above}. */
    public static final Setting PARTS_ABOVE = new Setting(
            "parts-above",
            String.class,
            "`16384`",
            "values of more bytes, as they are stored, lie outside of the session's row, and so do the largest of a "
                    + "row that would have more than four times as many; `off`. See "
                    + "[large-values.md](large-values.md)");

    /** {@code largest-value}. */
    public static final Setting LARGEST_VALUE = new Setting(
            "largest-value",
            Integer.class,
            "`16777216`",
            "values of more bytes, as they are stored, are refused, if the store keeps large values outside of the"
                    + " row");

    /** {@code prefetch}. */
    public static final Setting PREFETCH = new Setting(
            "prefetch",
            List.class,
            "none; `*` in WebFlux",
            "names of attributes, with commas, or `*` for all, that are fetched when the session is opened, if they "
                    + "lie outside of its row; others are fetched when they are first read");

    /** {@code encryption-keys}. */
    public static final Setting ENCRYPTION_KEYS = new Setting(
            "encryption-keys",
            List.class,
            "",
            "keys written `id:base64`, with commas, each of exactly 32 bytes: the first encrypts, all "
                    + "decrypt; see [security.md](security.md)");

    /** {@code encryption-keys-file}. */
    public static final Setting ENCRYPTION_KEYS_FILE = new Setting(
            "encryption-keys-file", String.class, "", "a file with one key a line, instead of `encryption-keys`");

    /** {@code encryption}. */
    public static final Setting ENCRYPTION = new Setting(
            "encryption",
            String.class,
            "`read-write`",
            "`read-only`: this node decrypts and does not encrypt yet; the first step of a rollout");

    /** {@code require-encryption}. */
    public static final Setting REQUIRE_ENCRYPTION = new Setting(
            "require-encryption",
            Boolean.class,
            "`false`",
            "`true`: values that are not encrypted are unreadable; the last step of a rollout");

    /** {@code signing-keys}. */
    public static final Setting SIGNING_KEYS = new Setting(
            "signing-keys",
            List.class,
            "",
            "base64 keys of at least 32 bytes, with commas; the first signs, all verify; see "
                    + "[security.md](security.md#rotating-keys)");

    /** {@code signing-keys-file}. */
    public static final Setting SIGNING_KEYS_FILE =
            new Setting("signing-keys-file", String.class, "", "a file with one key a line, instead of `signing-keys`");

    /** {@code signing}. */
    public static final Setting SIGNING = new Setting(
            "signing",
            String.class,
            "`sign`",
            "`verify-only`: this node takes signed ids and ids that are not, and signs none yet; the first step of "
                    + "turning signing on");

    /** {@code accept-unsigned-until}. */
    public static final Setting ACCEPT_UNSIGNED_UNTIL = new Setting(
            "accept-unsigned-until",
            String.class,
            "not at all",
            "until when ids that are not signed count although this node signs, such as `2030-01-31T12:00:00Z`; for "
                    + "turning signing on without logging anyone out");

    /** {@code check-at-start}. */
    public static final Setting CHECK_AT_START = new Setting(
            "check-at-start",
            String.class,
            "`warn`",
            "whether one read tries the store when the application starts: `warn` logs what is wrong, `fail` does not "
                    + "start then, `off`. Reads nothing when a snapshot of the process is taken "
                    + "([SnapStart, CRaC, Spring AOT](settings.md#starts-that-try-nothing))");

    /** {@code idle-timeout}. */
    public static final Setting IDLE_TIMEOUT = new Setting(
            "idle-timeout",
            Duration.class,
            "`30m`; the session timeout of the application in the servlet adapter",
            "how long a session may stay unused; `never`");

    /** {@code absolute-lifetime}. */
    public static final Setting ABSOLUTE_LIFETIME =
            new Setting("absolute-lifetime", Duration.class, "", "how long a session may live however much it is used");

    /** {@code touch-interval}. */
    public static final Setting TOUCH_INTERVAL = new Setting(
            "touch-interval",
            Duration.class,
            "a tenth of the idle timeout, at most `5m`",
            "how often mere use is recorded; `0` for every request");

    /** {@code sweep-interval}. */
    public static final Setting SWEEP_INTERVAL = new Setting(
            "sweep-interval",
            Duration.class,
            "never",
            "how often this node removes expired sessions and notifies listeners, for instance `5m`; "
                    + "reads the whole table each time, see [cost.md](cost.md#sweeping)");

    /** {@code concurrency}. */
    public static final Setting CONCURRENCY = new Setting(
            "concurrency",
            String.class,
            "`merge`",
            "`merge` by attribute; `compare-and-set`: any change in between is a conflict");

    /** {@code locking}. */
    public static final Setting LOCKING = new Setting(
            "locking",
            String.class,
            "`none`",
            "`session`: requests of one session run one after the other; two writes for each request that opens it,"
                    + " see [locking.md](locking.md)");

    /** {@code lock-lease}. */
    public static final Setting LOCK_LEASE = new Setting(
            "lock-lease",
            Duration.class,
            "`30s`",
            "how long a session stays locked that nobody unlocks; longer than any request takes");

    /** {@code lock-wait}. */
    public static final Setting LOCK_WAIT = new Setting(
            "lock-wait",
            Duration.class,
            "`10s`",
            "how long a request waits for a session that another one has locked; then it is an error, 503 in the"
                    + " adapters");

    /** {@code unreadable-attributes}. */
    public static final Setting UNREADABLE_ATTRIBUTES = new Setting(
            "unreadable-attributes",
            String.class,
            "`hide`",
            "`hide`: absent, with a warning, and kept in the store; `fail`; `new-session`: all are "
                    + "required, and decoded at each request");

    /** {@code required-attributes}. */
    public static final Setting REQUIRED_ATTRIBUTES = new Setting(
            "required-attributes",
            List.class,
            "",
            "names, with commas, without which a session is not opened if one of them is stored and "
                    + "cannot be read; the row stays");

    /** {@code log-attribute-names}. */
    public static final Setting LOG_ATTRIBUTE_NAMES = new Setting(
            "log-attribute-names",
            Boolean.class,
            "`false`",
            "whether warnings about attributes that cannot be read name the attribute, beside its class");

    /** {@code index-marks}. */
    public static final Setting INDEX_MARKS = new Setting(
            "index-marks",
            Boolean.class,
            "`false`",
            "whether ending all sessions of a user holds for those, too, that the index does not show yet; one more "
                    + "read whenever a session is opened, see [indexes.md](indexes.md#marks)");

    /** {@code store-unavailable}. */
    public static final Setting STORE_UNAVAILABLE = new Setting(
            "store-unavailable",
            String.class,
            "`fail`",
            "`fail`: an error, 503 in the adapters; `continue` without a session");

    /** {@code store-empty-sessions}. */
    public static final Setting STORE_EMPTY_SESSIONS = new Setting(
            "store-empty-sessions",
            Boolean.class,
            "`false`; `true` in the servlet adapter",
            "whether a new session without attributes is stored");

    /** {@code include-paths}. */
    public static final Setting INCLUDE_PATHS = new Setting(
            "include-paths",
            List.class,
            "all",
            "patterns, with commas, of the paths that have sessions: `/folder/*`, `*.extension` or "
                    + "`/path`. Not in Micronaut");

    /** {@code exclude-paths}. */
    public static final Setting EXCLUDE_PATHS = new Setting(
            "exclude-paths",
            List.class,
            "",
            "patterns of paths without sessions, even if they are included; see "
                    + "[servlet.md](servlet.md#paths-without-sessions). Not in Micronaut");

    /** {@code cookie.name}. */
    public static final Setting COOKIE_NAME =
            new Setting("cookie.name", String.class, "the adapter's", "the name of the cookie");

    /** {@code cookie.path}. */
    public static final Setting COOKIE_PATH =
            new Setting("cookie.path", String.class, "the adapter's", "the path that the cookie is sent with");

    /** {@code cookie.domain}. */
    public static final Setting COOKIE_DOMAIN = new Setting(
            "cookie.domain",
            String.class,
            "the adapter's",
            "the domain, with its subdomains, that the cookie is sent to");

    /** {@code cookie.secure}. */
    public static final Setting COOKIE_SECURE =
            new Setting("cookie.secure", Boolean.class, "the adapter's", "whether the cookie is sent over HTTPS only");

    /** {@code cookie.http-only}. */
    public static final Setting COOKIE_HTTP_ONLY =
            new Setting("cookie.http-only", Boolean.class, "the adapter's", "whether scripts cannot read the cookie");

    /** {@code cookie.same-site}. */
    public static final Setting COOKIE_SAME_SITE = new Setting(
            "cookie.same-site", String.class, "`lax`", "`strict`, `lax`, `none` (needs `cookie.secure=true`)");

    /** {@code cookie.partitioned}. */
    public static final Setting COOKIE_PARTITIONED = new Setting(
            "cookie.partitioned",
            Boolean.class,
            "the adapter's",
            "whether browsers keep a cookie for each top-level site (CHIPS)");

    /** {@code cookie.max-age}. */
    public static final Setting COOKIE_MAX_AGE = new Setting(
            "cookie.max-age",
            Duration.class,
            "until the browser ends",
            "a positive duration. The cookie's `Max-Age` is this plus one touch interval, counted "
                    + "like the session's end from each recorded use");

    /** The settings of the cookie, which a framework may have of its own. */
    public static final List<Setting> COOKIE = List.of(
            COOKIE_NAME,
            COOKIE_PATH,
            COOKIE_DOMAIN,
            COOKIE_SECURE,
            COOKIE_HTTP_ONLY,
            COOKIE_SAME_SITE,
            COOKIE_PARTITIONED,
            COOKIE_MAX_AGE);

    /** The settings of paths with and without sessions, which a framework may have of its own. */
    public static final List<Setting> PATHS = List.of(INCLUDE_PATHS, EXCLUDE_PATHS);

    /** All of them, in the order of the documentation. */
    public static final List<Setting> ALL = List.of(
            STORE,
            CODEC,
            FALLBACK_CODEC,
            READABLE_CODECS,
            NAMESPACE,
            COMPRESS_ABOVE,
            PARTS_ABOVE,
            LARGEST_VALUE,
            PREFETCH,
            ENCRYPTION_KEYS,
            ENCRYPTION_KEYS_FILE,
            ENCRYPTION,
            REQUIRE_ENCRYPTION,
            SIGNING_KEYS,
            SIGNING_KEYS_FILE,
            SIGNING,
            ACCEPT_UNSIGNED_UNTIL,
            IDLE_TIMEOUT,
            ABSOLUTE_LIFETIME,
            TOUCH_INTERVAL,
            SWEEP_INTERVAL,
            CONCURRENCY,
            LOCKING,
            LOCK_LEASE,
            LOCK_WAIT,
            UNREADABLE_ATTRIBUTES,
            REQUIRED_ATTRIBUTES,
            LOG_ATTRIBUTE_NAMES,
            INDEX_MARKS,
            STORE_UNAVAILABLE,
            CHECK_AT_START,
            STORE_EMPTY_SESSIONS,
            INCLUDE_PATHS,
            EXCLUDE_PATHS,
            COOKIE_NAME,
            COOKIE_PATH,
            COOKIE_DOMAIN,
            COOKIE_SECURE,
            COOKIE_HTTP_ONLY,
            COOKIE_SAME_SITE,
            COOKIE_PARTITIONED,
            COOKIE_MAX_AGE);

    private EngineSettings() {}
}
