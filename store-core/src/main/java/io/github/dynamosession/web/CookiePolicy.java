// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.CookieSettings;
import io.github.dynamosession.settings.SessionSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The session cookie's name and attributes, checked once against what browsers refuse. Immutable.
 *
 * <p>Reads the cookie from {@code Cookie} headers ({@link #candidates}) and turns a {@link CookieState} into the
 * cookie to write ({@link #cookie}).
 */
public final class CookiePolicy {
    private static final String HOST_PREFIX = "__Host-";
    private static final String SECURE_PREFIX = "__Secure-";
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern TEXT = Pattern.compile("[^;\\p{Cntrl}]*");
    private static final Pattern SAME_SITE = Pattern.compile("Strict|Lax|None", Pattern.CASE_INSENSITIVE);

    private final String name;
    private final String path;
    private final Optional<String> domain;
    private final Optional<Boolean> secure;
    private final boolean httpOnly;
    private final Optional<String> sameSite;
    private final boolean partitioned;
    private final CookieAge age;
    private final Map<String, String> others;

    private CookiePolicy(CookiePolicy other, String name) {
        this.name = name;
        this.path = other.path;
        this.domain = other.domain;
        this.secure = other.secure;
        this.httpOnly = other.httpOnly;
        this.sameSite = other.sameSite;
        this.partitioned = other.partitioned;
        this.age = other.age;
        this.others = other.others;
    }

    private CookiePolicy(Builder builder) {
        this.name = builder.name;
        this.path = builder.path;
        this.domain = Optional.ofNullable(builder.domain);
        this.secure =
                Optional.ofNullable(builder.secure == null && isPrefixed(builder.name) ? Boolean.TRUE : builder.secure);
        this.httpOnly = builder.httpOnly;
        this.sameSite = Optional.ofNullable(builder.sameSite);
        this.partitioned = builder.partitioned;
        this.age = CookieAge.of(Optional.ofNullable(builder.maxAge));
        this.others = Collections.unmodifiableMap(new TreeMap<>(builder.others));
    }

    /**
     * A builder of a cookie with Path {@code /}, HttpOnly and {@code SameSite=Lax}, Secure if the request came over
     * TLS, which the browser keeps as long as it runs.
     *
     * @param name the cookie's name unless {@linkplain Builder#apply settings} say another one
     * @return a builder
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    private static boolean isPrefixed(String name) {
        return name.startsWith(HOST_PREFIX) || name.startsWith(SECURE_PREFIX);
    }

    /**
     * The cookie's name.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * The same cookie under another name, for clients that need both.
     *
     * @param other a name with the same prefix {@code __Host-} or {@code __Secure-}, if there is one
     * @return a policy
     */
    public CookiePolicy named(String other) {
        return new CookiePolicy(this, other);
    }

    /**
     * How long the browser keeps the cookie.
     *
     * @return the age
     */
    public CookieAge age() {
        return age;
    }

    /**
     * The values of all cookies of the name. A browser sends several if their paths or domains differ.
     *
     * @param headers the request's {@code Cookie} headers
     * @return the values in the order of the request, without quotes; possibly empty
     */
    public List<String> candidates(Iterable<String> headers) {
        List<String> values = new ArrayList<>(1);
        for (String header : headers) {
            for (String pair : header.split(";", -1)) {
                int equals = pair.indexOf('=');
                if (equals > 0 && pair.substring(0, equals).strip().equals(name)) {
                    String value = pair.substring(equals + 1).strip();
                    boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
                    values.add(quoted ? value.substring(1, value.length() - 1) : value);
                }
            }
        }
        return values;
    }

    /**
     * The cookie to write.
     *
     * @param state what the response must say
     * @param secureRequest whether the request came over TLS, which decides where no setting says it
     * @return empty if nothing is to be written
     */
    public Optional<CookieSpec> cookie(CookieState state, boolean secureRequest) {
        if (state instanceof CookieState.Set set) {
            return Optional.of(spec(set.value(), set.maxAge(), secureRequest));
        }
        return state instanceof CookieState.Clear
                ? Optional.of(spec("", OptionalLong.of(0), secureRequest))
                : Optional.empty();
    }

    private CookieSpec spec(String value, OptionalLong maxAge, boolean secureRequest) {
        return new CookieSpec(
                name,
                value,
                path,
                domain,
                maxAge,
                secure.orElse(secureRequest),
                httpOnly,
                sameSite,
                partitioned,
                others);
    }

    /** Sets up a {@link CookiePolicy}. Not for use by several threads. */
    public static final class Builder {
        private String name;
        private String path = "/";
        private @Nullable String domain;
        private @Nullable Boolean secure;
        private boolean httpOnly = true;
        private @Nullable String sameSite = "Lax";
        private boolean partitioned;
        private @Nullable Duration maxAge;
        private final Map<String, String> others = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        private String prefix = SessionSettings.PREFIX;

        private Builder(String name) {
            this.name = name;
        }

        /**
         * Sets the cookie's name. {@code __Host-} and {@code __Secure-} at its beginning make it Secure.
         *
         * @param name a token
         * @return this
         */
        public Builder name(String name) {
            this.name = name;
            return this;
        }

        /**
         * Sets the path.
         *
         * @param path {@code /} unless set
         * @return this
         */
        public Builder path(String path) {
            this.path = path;
            return this;
        }

        /**
         * Sets the domain.
         *
         * @param domain null: the host that was asked
         * @return this
         */
        public Builder domain(@Nullable String domain) {
            this.domain = domain;
            return this;
        }

        /**
         * Says whether the cookie is sent over TLS only.
         *
         * @param secure null: if the request came over TLS
         * @return this
         */
        public Builder secure(@Nullable Boolean secure) {
            this.secure = secure;
            return this;
        }

        /**
         * Says whether scripts cannot read the cookie.
         *
         * @param httpOnly true unless set
         * @return this
         */
        public Builder httpOnly(boolean httpOnly) {
            this.httpOnly = httpOnly;
            return this;
        }

        /**
         * Says to which requests of other sites the browser adds the cookie.
         *
         * @param sameSite {@code Strict}, {@code Lax} or {@code None}; null: not said; {@code Lax} unless set
         * @return this
         */
        public Builder sameSite(@Nullable String sameSite) {
            this.sameSite = sameSite;
            return this;
        }

        /**
         * Says whether the cookie is kept per top-level site (CHIPS).
         *
         * @param partitioned false unless set
         * @return this
         */
        public Builder partitioned(boolean partitioned) {
            this.partitioned = partitioned;
            return this;
        }

        /**
         * Says how long the browser keeps the cookie of a session that is not used; see {@link CookieAge}.
         *
         * @param maxAge null, zero or negative: as long as the browser runs
         * @return this
         */
        public Builder maxAge(@Nullable Duration maxAge) {
            this.maxAge = maxAge;
            return this;
        }

        /**
         * Adds an attribute that has no method of its own.
         *
         * @param attribute its name
         * @param value its value; empty: the name alone
         * @return this
         */
        public Builder attribute(String attribute, String value) {
            others.put(attribute, value);
            return this;
        }

        /**
         * Takes over what settings say; what they leave out stays. Messages name settings as these are named.
         *
         * @param settings the keys {@code dynamosession.cookie.*}
         * @return this
         */
        public Builder apply(CookieSettings settings) {
            settings.name().ifPresent(this::name);
            settings.path().ifPresent(this::path);
            settings.domain().ifPresent(this::domain);
            settings.secure().ifPresent(this::secure);
            settings.httpOnly().ifPresent(this::httpOnly);
            settings.sameSite().ifPresent(this::sameSite);
            settings.partitioned().ifPresent(this::partitioned);
            settings.maxAge().ifPresent(this::maxAge);
            prefix = settings.prefix();
            return this;
        }

        /**
         * Builds the policy.
         *
         * @return the policy
         * @throws ConfigurationException with all problems, if browsers would refuse the cookie
         */
        public CookiePolicy build() {
            CookiePolicy policy = new CookiePolicy(this);
            List<String> problems = policy.problems(prefix + "cookie.");
            if (!problems.isEmpty()) {
                throw new ConfigurationException(problems);
            }
            return policy;
        }
    }

    private List<String> problems(String prefix) {
        List<String> problems = new ArrayList<>();
        boolean certainlySecure = secure.orElse(false);
        if (isPrefixed(name) && !certainlySecure) {
            problems.add(prefix + "secure must not be false: browsers refuse a cookie of the name " + name);
        }
        if (name.startsWith(HOST_PREFIX) && domain.isPresent()) {
            problems.add(
                    prefix + "domain must not be set: browsers refuse a cookie of the name " + name + " with a domain");
        }
        if (name.startsWith(HOST_PREFIX) && !path.equals("/")) {
            problems.add(
                    prefix + "path must be /: browsers refuse a cookie of the name " + name + " with another path");
        }
        if (sameSite.filter("None"::equalsIgnoreCase).isPresent() && !certainlySecure) {
            problems.add(prefix + "secure must be true with SameSite=None: browsers refuse the cookie" + " otherwise");
        }
        if (partitioned && !certainlySecure) {
            problems.add(prefix + "secure must be true for a partitioned cookie: browsers refuse it" + " otherwise");
        }
        if (sameSite.filter(said -> !SAME_SITE.matcher(said).matches()).isPresent()) {
            problems.add(prefix + "same-site must be Strict, Lax or None");
        }
        if (!TOKEN.matcher(name).matches()) {
            invalid(problems, prefix, "its name must consist of letters, digits and !#$%&'*+-.^_`|~");
        }
        if (!isText(path) || !isText(domain.orElse(""))) {
            invalid(problems, prefix, "its path and its domain must not contain semicolons or control characters");
        }
        others.forEach((attribute, value) -> {
            if (!TOKEN.matcher(attribute).matches() || !isText(value)) {
                invalid(problems, prefix, "the attribute " + attribute + " cannot be written");
            }
        });
        return problems;
    }

    private static void invalid(List<String> problems, String prefix, String why) {
        problems.add(prefix + "name or another part of the cookie is not valid: " + why);
    }

    private static boolean isText(String value) {
        return TEXT.matcher(value).matches();
    }
}
