// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRequestListener;
import jakarta.servlet.SessionCookieConfig;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a session of the container itself may do beside ours, all of it in this class. The container makes one
 * for a login that it does, and for code that keeps the container's request and later calls {@code getSession()}
 * on it, as a {@link ServletRequestListener} may. Such a session may exist, on its node; its cookie must never
 * take the place of ours, or the user is logged out.
 *
 * <p>So the container's cookie is given another name, as early as possible: by {@link DynamoSessionInitializer},
 * otherwise when the filter starts. What is said of the session cookie, in {@code web.xml} or to
 * {@link SessionCookieConfig}, is said of ours: our name is the container's without the {@link #SUFFIX}, so
 * that a name which somebody sets later is noticed, too. Where the container takes no other name any more (a
 * filter that starts with its first request, a name that an operator has fixed), ours is the last word before
 * each commit: the container's cookie is taken out of the response again.
 *
 * <p>It ends with ours, and gets another id with ours, so that {@code invalidate()} logs out whom the container
 * has logged in, and {@code changeSessionId()} protects what is kept there, too.
 */
final class ContainerSessions {
    static final String DEFAULT_NAME = "JSESSIONID";

    /** What the name of the container's cookie ends in. */
    static final String SUFFIX = "_CONTAINER";

    private static final Pattern SAME_SITE = Pattern.compile("; SameSite=([^;]+)", Pattern.CASE_INSENSITIVE);

    private static final Logger LOG = LoggerFactory.getLogger(DynamoSessionFilter.class);

    private static final List<String> CONTAINERS =
            List.of("org.apache.catalina.", "org.apache.tomcat.", "org.eclipse.jetty.", "io.undertow.");

    private final ServletContext context;
    private final String saidName;
    private final boolean apart;
    private final boolean login;
    private final AtomicBoolean warned = new AtomicBoolean();

    /**
     * Gives the container's cookie another name, if that has not been done.
     *
     * @param free whether whoever set the container up did so
     */
    ContainerSessions(ServletContext context, boolean free) {
        this.context = context;
        this.apart = free || setApart(context);
        String name = name(context.getSessionCookieConfig());
        this.saidName = name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
        this.login = ContainerLogin.isConfigured(context);
    }

    /**
     * Gives the container's cookie another name.
     *
     * @return whether it has one for certain
     */
    static boolean setApart(ServletContext context) {
        SessionCookieConfig config = context.getSessionCookieConfig();
        if (config == null) {
            return false;
        }
        String name = name(config);
        if (!name.endsWith(SUFFIX)) {
            setName(config, name + SUFFIX);
        }
        return name(config).endsWith(SUFFIX) && !isFixed(context);
    }

    private static void setName(SessionCookieConfig config, String name) {
        try {
            config.setName(name);
        } catch (IllegalStateException | UnsupportedOperationException e) {
            // Too late, says the container. Undertow reads the name at each request nevertheless.
            try {
                Field delegate = config.getClass().getDeclaredField("delegate");
                delegate.setAccessible(true);
                Object undertow = Objects.requireNonNull(delegate.get(config));
                undertow.getClass().getMethod("setCookieName", String.class).invoke(undertow, name);
            } catch (ReflectiveOperationException | RuntimeException other) {
                LOG.debug("The container's session cookie keeps its name", e);
            }
        }
    }

    /** Whether Tomcat was told a name by its operator, which wins over the application's. */
    private static boolean isFixed(ServletContext context) {
        try {
            Object name = ContainerLogin.tomcat(context, "getSessionCookieName");
            // GlassFish answers with the application's.
            return name instanceof String fixed
                    && !fixed.isEmpty()
                    && !fixed.equals(name(context.getSessionCookieConfig()));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return false;
        }
    }

    private static String name(@Nullable SessionCookieConfig config) {
        return Optional.ofNullable(config)
                .map(SessionCookieConfig::getName)
                .filter(name -> !name.isBlank())
                .orElse(DEFAULT_NAME);
    }

    /** The name that is said of the session cookie, which is ours unless a setting names another one. */
    String saidName() {
        return saidName;
    }

    /** What Tomcat says of its own session cookie: Spring Boot's setting goes by the name, which is another one now. */
    Optional<String> sameSite() {
        try {
            Object processor = ContainerLogin.tomcat(context, "getCookieProcessor");
            if (processor == null) {
                return Optional.empty();
            }
            Method generate = processor.getClass().getMethod("generateHeader", Cookie.class, HttpServletRequest.class);
            generate.setAccessible(true);
            String own = name(context.getSessionCookieConfig());
            Matcher said = SAME_SITE.matcher(String.valueOf(generate.invoke(processor, new Cookie(own, "x"), null)));
            return said.find() ? Optional.of(said.group(1)) : Optional.empty();
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("What the container says of SameSite cannot be read", e);
            return Optional.empty();
        }
    }

    /** Whether an operator can tell the container what to add to cookies: Tomcat and Jetty, but not GlassFish. */
    boolean processCookies() {
        try {
            return context.getClass().getName().startsWith("org.eclipse.jetty.")
                    || ContainerLogin.tomcat(context, "getCookieProcessor") != null;
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("The container's processor of cookies cannot be asked for", e);
            return false;
        }
    }

    /** Whether the container uses that name for its own cookie. */
    boolean use(String name) {
        return !apart && name.equals(saidName);
    }

    /** Whether the container does logins, which it remembers in sessions of its own. */
    boolean rememberLogins() {
        return login;
    }

    /**
     * Sees to it, before a response may be committed, that no cookie of the container is in the place of ours.
     *
     * @param sent our cookie in this response; null if there is none
     * @param asked whether the application asked the container for a login in this request: then its session has
     *     to be remembered
     * @return our cookie in this response
     */
    SessionCookie.@Nullable Sent giveWay(
            HttpServletRequest request,
            HttpServletResponse response,
            SessionCookie cookie,
            SessionCookie.@Nullable Sent sent,
            boolean asked) {
        boolean shared = cookie.isShared();
        if (asked || (!shared && (warned.get() || login))) {
            return sent;
        }
        HttpSession session = ofClient(request);
        if (session == null) {
            return sent;
        }
        if (!shared) {
            if (session.isNew() && request.getAuthType() == null) {
                warn("has the cookie " + saidName + SUFFIX);
            }
            return sent;
        }
        if (response.isCommitted() || !cookie.isSetTo(response, session.getId())) {
            return sent;
        }
        warn("gets no cookie, so each request makes another one");
        return cookie.withdraw(request, response, session.getId(), sent);
    }

    /** The container's own session of this client: what it remembers of a login, what a CDI container keeps in it. */
    private static @Nullable HttpSession ofClient(HttpServletRequest request) {
        return SessionRequest.bottom(request) instanceof HttpServletRequest http ? http.getSession(false) : null;
    }

    /** Ours has ended: a login that the container remembers, and beans of this session, must not outlive it. */
    void end(HttpServletRequest request) {
        try {
            HttpSession session = ofClient(request);
            if (session != null) {
                session.invalidate();
            }
        } catch (IllegalStateException e) {
            LOG.debug("The container's session has ended already", e);
        }
    }

    /** Ours has another id: who knows the container's from before gets at what is kept there no more. */
    void changeId(HttpServletRequest request) {
        try {
            if (apart
                    && ofClient(request) != null
                    && SessionRequest.bottom(request) instanceof HttpServletRequest http) {
                http.changeSessionId();
            }
        } catch (IllegalStateException e) {
            LOG.debug("The container's session has ended", e);
        }
    }

    private void warn(String consequence) {
        if (!warned.getAndSet(true)) {
            String suspects = ContainerListeners.of(context).of(ServletRequestListener.class).stream()
                    .map(listener -> listener.getClass().getName())
                    .filter(name -> CONTAINERS.stream().noneMatch(name::startsWith))
                    .distinct()
                    .collect(Collectors.joining(", "));
            OperatorLog.warn(
                    LOG,
                    context,
                    "The container made a session of its own beside the application's. It stays on this node and {}."
                            + " Look for code that keeps the container's request and calls getSession() on it: {}."
                            + " In Spring use RequestContextFilter instead of RequestContextListener",
                    consequence,
                    suspects.isEmpty()
                            ? "a ServletRequestListener, or a filter in front of this one"
                            : "the listener " + suspects);
        }
    }
}
