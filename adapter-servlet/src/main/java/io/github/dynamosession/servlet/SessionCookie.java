// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.settings.CookieSettings;
import io.github.dynamosession.web.CookieAge;
import io.github.dynamosession.web.CookiePolicy;
import io.github.dynamosession.web.CookieSpec;
import io.github.dynamosession.web.CookieState;
import jakarta.servlet.ServletContext;
import jakarta.servlet.SessionCookieConfig;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The session cookie: chapter 7.1.1 of the specification, {@link SessionCookieConfig}, and the settings
 * {@code dynamosession.cookie.*}, which win over it.
 *
 * <p>Goes out as a header, which is written here: containers keep cookies where nobody can replace them, copy
 * them, or drop their {@code SameSite}. On Tomcat and Jetty it goes out through
 * {@link HttpServletResponse#addCookie}, so that what an operator told their cookie processors applies. That
 * method appends, and one response must not set one cookie twice: the header that these containers make of it
 * at once is replaced.
 */
final class SessionCookie {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoSessionFilter.class);
    private static final String SET_COOKIE = "Set-Cookie";
    private static final String DEFAULT_SAME_SITE = "Lax";
    private static final String SAME_SITE = "SameSite";
    private static final String PARTITIONED = "Partitioned";

    private final CookiePolicy policy;
    private final boolean shared;
    private final boolean containerLogin;

    /** What is sent instead from a login on for which the container needs the name; null if it never does. */
    private final @Nullable SessionCookie alternate;

    /**
     * What was sent in this response.
     *
     * @param spec what it says
     * @param cookie the object that the container was given
     * @param visible whether the container made a header of it at once
     */
    record Sent(CookieSpec spec, Cookie cookie, boolean visible) {}

    /** Whether the container is Undertow: it hides cookies of the request, and drops headers after an exception. */
    private final boolean undertow;

    /** Whether an operator can tell the container what to add to cookies: then it has to see ours. */
    private final boolean processed;

    private final boolean tracked;

    /** What is said where neither a setting nor the container says it of this very name. */
    private final String sameSite;

    /**
     * Takes the settings and the container's word together.
     *
     * @param containers knows the name that the container says, and whether it uses that itself
     */
    SessionCookie(ServletContext context, CookieSettings settings, ContainerSessions containers) {
        tracked = new ContextDefaults(context).tracksByCookie();
        SessionCookieConfig config = context.getSessionCookieConfig();
        sameSite = containers.sameSite().orElse(DEFAULT_SAME_SITE);
        undertow = context.getClass().getName().startsWith("io.undertow.");
        processed = containers.processCookies();
        containerLogin = containers.rememberLogins();
        String wanted = settings.name().orElse(containers.saidName());
        boolean taken = containers.use(wanted);
        shared = taken && !containerLogin;
        String name = taken && containerLogin ? ContainerLogin.ownName(wanted) : wanted;
        if (settings.name().isPresent() && !name.equals(wanted)) {
            OperatorLog.warn(
                    LOG,
                    context,
                    "The session cookie is {}, not {}: the application has a login-config, and the container remembers"
                            + " logins under that name. Choose another {}cookie.name",
                    name,
                    wanted,
                    settings.prefix());
        }
        String folder = text(context.getContextPath()).orElse("/");
        CookiePolicy.Builder builder = CookiePolicy.builder(name)
                .path(name.startsWith("__Host-") ? "/" : folder)
                .sameSite(null);
        if (config != null) {
            // Some containers fill in the context path by themselves, Open Liberty the root: that is nobody's word.
            boolean liberty = context.getClass().getName().startsWith("com.ibm.");
            configured(config, liberty ? "/" : context.getContextPath(), builder);
        }
        policy = builder.apply(settings).name(name).build();
        alternate = shared ? new SessionCookie(this) : null;
    }

    /** The same cookie under a name that the container does not use. */
    private SessionCookie(SessionCookie other) {
        policy = other.policy.named(ContainerLogin.ownName(other.name()));
        tracked = other.tracked;
        shared = false;
        containerLogin = other.containerLogin;
        undertow = other.undertow;
        processed = other.processed;
        sameSite = other.sameSite;
        alternate = null;
    }

    private static void configured(
            SessionCookieConfig config, @Nullable String unsaidPath, CookiePolicy.Builder builder) {
        generic(config).forEach((attribute, value) -> {
            if (attribute.equalsIgnoreCase(SAME_SITE)) {
                builder.sameSite(value);
            } else if (attribute.equalsIgnoreCase(PARTITIONED)) {
                builder.partitioned(!value.equalsIgnoreCase("false"));
            } else {
                builder.attribute(attribute, value);
            }
        });
        text(config.getPath()).filter(path -> !path.equals(unsaidPath)).ifPresent(builder::path);
        text(config.getDomain()).ifPresent(builder::domain);
        if (config.isSecure()) {
            builder.secure(true);
        }
        // Zero is "not set", too: so says the Undertow of Quarkus, once web.xml says anything of the cookie.
        builder.maxAge(Duration.ofSeconds(config.getMaxAge()));
    }

    private static Map<String, String> generic(SessionCookieConfig config) {
        Map<String, String> generic = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        try {
            Map<String, String> all = config.getAttributes();
            if (all != null) {
                generic.putAll(all);
            }
        } catch (NullPointerException e) {
            LOG.debug("Payara's answer where no attribute is set", e);
        }
        for (String own : List.of("Name", "Value", "Path", "Domain", "Max-Age", "Secure", "HttpOnly", "Version")) {
            generic.remove(own);
        }
        generic.values().removeIf(value -> value == null);
        return generic;
    }

    private static Optional<String> text(@Nullable String value) {
        return value == null || value.isBlank() ? Optional.empty() : Optional.of(value);
    }

    String name() {
        return policy.name();
    }

    /** Whether the container may set a cookie of this name, too, for sessions of its own. */
    boolean isShared() {
        return shared;
    }

    boolean isContainerLogin() {
        return containerLogin;
    }

    /** The cookie to send to a client whose container has, or is about to have, a session of its own. */
    SessionCookie alternate() {
        return alternate == null ? this : alternate;
    }

    /** The cookie to send to the client of this request. */
    SessionCookie inUse(HttpServletRequest request) {
        return alternate == null || alternate.values(request).isEmpty() ? this : alternate;
    }

    boolean hasDefaultName() {
        return name().equals(ContainerSessions.DEFAULT_NAME);
    }

    /** Whether cookies carry ids; otherwise none is sent, and none is looked at. */
    boolean isTracked() {
        return tracked;
    }

    /** What the request's cookies of this name hold, in their order; first those of the alternate name. */
    List<String> values(HttpServletRequest request) {
        Cookie[] cookies = tracked ? request.getCookies() : null;
        if (cookies == null) {
            return List.of();
        }
        List<String> values = new ArrayList<>(1);
        if (alternate != null) {
            values.addAll(alternate.values(request));
        }
        int before = values.size();
        for (Cookie cookie : cookies) {
            if (cookie.getName().equals(name()) && cookie.getValue() != null) {
                values.add(cookie.getValue());
            }
        }
        if (undertow && values.size() > before) {
            // Undertow shows an application only one of several cookies of a name.
            Enumeration<String> headers = request.getHeaders("Cookie");
            List<String> all = policy.candidates(headers == null ? List.of() : Collections.list(headers));
            if (all.size() > values.size() - before) {
                values.subList(before, values.size()).clear();
                values.addAll(all);
            }
        }
        return values;
    }

    /** Whether a browser keeps the cookie for a time, and how long. */
    CookieAge age() {
        return policy.age();
    }

    /**
     * Makes the response say what it has to, unless that is nothing.
     *
     * @param before what it says already; null: nothing
     * @return what it says from now on
     */
    @Nullable
    Sent send(HttpServletResponse response, CookieState state, boolean tls, @Nullable Sent before) {
        CookieSpec spec = policy.cookie(state, tls).orElse(null);
        return spec == null ? before : put(response, spec, before);
    }

    /** Whether the client came by TLS. Lambda's container says so of the scheme only, behind {@code X-Forwarded-Proto}. */
    static boolean isSecure(HttpServletRequest request) {
        return request.isSecure() || "https".equalsIgnoreCase(request.getScheme());
    }

    /** The headers were reset; containers that keep cookies elsewhere have it still. */
    Sent sendAgain(HttpServletResponse response, Sent before) {
        return before.visible() && ownHeaders(response).isEmpty() ? put(response, before.spec(), null) : before;
    }

    /** Makes the cookie outlive the headers, in the container that drops them when it handles an exception. */
    Sent keep(HttpServletResponse response, Sent before) {
        if (!undertow || !before.visible()) {
            return before;
        }
        response.addCookie(before.cookie());
        return new Sent(before.spec(), before.cookie(), false);
    }

    /** Whether the response sets a cookie of this name to a session id of the container. */
    boolean isSetTo(HttpServletResponse response, String containersId) {
        return ownHeaders(response).stream().anyMatch(header -> header.startsWith(name() + "=" + containersId));
    }

    /** Takes our cookie out of the response again. */
    void takeBack(HttpServletResponse response, Sent sent) {
        if (!sent.visible()) {
            // The container has the object, and does not give it back.
            sent.cookie().setValue("");
            sent.cookie().setMaxAge(0);
            return;
        }
        if (ownHeaders(response).isEmpty()) {
            return;
        }
        List<String> others = new ArrayList<>(response.getHeaders(SET_COOKIE));
        others.removeIf(this::isOurs);
        if (!undertow) {
            replaceHeaders(response, others);
        }
        if (!ownHeaders(response).isEmpty()) {
            // Before Servlet 6.1 the last header of a name cannot be removed.
            reset(response, others);
        }
    }

    /** Drops what was written, and the headers that are about it. */
    void clear(HttpServletResponse response) {
        Collection<String> cookies = response.getHeaders(SET_COOKIE);
        reset(response, cookies == null ? List.of() : List.copyOf(cookies));
    }

    private void reset(HttpServletResponse response, List<String> cookies) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        Collection<String> names = response.getHeaderNames();
        for (String header : names == null ? List.<String>of() : names) {
            String lower = header.toLowerCase(Locale.ROOT);
            boolean ofBody = lower.startsWith("content-") && !lower.startsWith("content-security-policy");
            if (!ofBody && !lower.equals("set-cookie") && !lower.equals("transfer-encoding")) {
                headers.put(header, List.copyOf(response.getHeaders(header)));
            }
        }
        response.reset();
        if (undertow) {
            response.setContentLengthLong(-1); // which it keeps
        }
        headers.forEach((header, values) -> {
            response.setHeader(header, values.get(0));
            values.stream().skip(1).forEach(value -> response.addHeader(header, value));
        });
        cookies.forEach(cookie -> response.addHeader(SET_COOKIE, cookie));
    }

    /** Takes the container's cookie out of the response, and puts ours back if it was there. */
    @Nullable
    Sent withdraw(
            HttpServletRequest request, HttpServletResponse response, String containersId, @Nullable Sent before) {
        replaceHeaders(
                response,
                response.getHeaders(SET_COOKIE).stream()
                        .filter(header -> !header.startsWith(name() + "=" + containersId))
                        .toList());
        boolean stays = isSetTo(response, containersId); // Servlet 6.0 cannot remove the last header, only replace it
        if (before != null) {
            return stays ? put(response, before.spec(), null) : sendAgain(response, before);
        }
        if (stays) {
            // What the client sent is the one cookie that changes nothing.
            values(request).stream()
                    .findFirst()
                    .map(value -> new CookieState.Set(value, OptionalLong.empty()))
                    .ifPresent(same -> send(response, same, isSecure(request), null));
        }
        return null;
    }

    boolean isShown(HttpServletResponse response) {
        return !ownHeaders(response).isEmpty();
    }

    private Sent put(HttpServletResponse response, CookieSpec spec, @Nullable Sent before) {
        if (before != null && !before.visible()) {
            Cookie kept = before.cookie();
            kept.setValue(spec.value());
            kept.setMaxAge((int) spec.maxAge().orElse(-1));
            return new Sent(spec, kept, false);
        }
        Cookie cookie = cookie(spec);
        if (!processed) {
            cookie.setAttribute(SAME_SITE, spec.sameSite().orElse(DEFAULT_SAME_SITE));
            String unsaid = spec.sameSite().isPresent() ? "" : "; SameSite=" + DEFAULT_SAME_SITE;
            response.addHeader(SET_COOKIE, spec.header() + unsaid);
            keepLastHeader(response);
            return new Sent(spec, cookie, true);
        }
        response.addCookie(cookie);
        List<String> own = ownHeaders(response);
        boolean visible = !own.isEmpty();
        if (spec.sameSite().isEmpty() && (!visible || !hasSameSite(own.get(own.size() - 1)))) {
            // A container may have a default of its own (a cookie processor): only the lack of one is filled.
            cookie.setAttribute(SAME_SITE, sameSite);
            if (visible) {
                response.addCookie(cookie);
            }
        }
        if (visible) {
            keepLastHeader(response);
        }
        return new Sent(spec, cookie, visible);
    }

    private static boolean hasSameSite(String header) {
        return header.toLowerCase(Locale.ROOT).contains("; samesite=");
    }

    private static Cookie cookie(CookieSpec spec) {
        Cookie cookie = new Cookie(spec.name(), spec.value());
        cookie.setPath(spec.path());
        spec.domain().ifPresent(cookie::setDomain);
        cookie.setSecure(spec.secure());
        cookie.setHttpOnly(spec.httpOnly());
        spec.maxAge().ifPresent(seconds -> cookie.setMaxAge((int) seconds));
        spec.sameSite().ifPresent(said -> cookie.setAttribute(SAME_SITE, said));
        if (spec.partitioned()) {
            cookie.setAttribute(PARTITIONED, "");
        }
        spec.others().forEach(cookie::setAttribute);
        return cookie;
    }

    private List<String> ownHeaders(HttpServletResponse response) {
        Collection<String> headers = response.getHeaders(SET_COOKIE);
        return headers == null
                ? List.of()
                : headers.stream().filter(this::isOurs).toList();
    }

    /** Of the headers that set this cookie only the last one stays; those of other cookies all do. */
    private void keepLastHeader(HttpServletResponse response) {
        List<String> own = ownHeaders(response);
        if (own.size() < 2) {
            return;
        }
        List<String> kept = new ArrayList<>(response.getHeaders(SET_COOKIE));
        kept.removeIf(this::isOurs);
        kept.add(own.get(own.size() - 1));
        replaceHeaders(response, kept);
    }

    /** Without any left the header is removed, where the container can: since Servlet 6.1. */
    private static void replaceHeaders(HttpServletResponse response, List<String> headers) {
        response.setHeader(SET_COOKIE, headers.isEmpty() ? null : headers.get(0));
        headers.stream().skip(1).forEach(header -> response.addHeader(SET_COOKIE, header));
    }

    private boolean isOurs(String header) {
        return header.startsWith(name() + "=");
    }
}
