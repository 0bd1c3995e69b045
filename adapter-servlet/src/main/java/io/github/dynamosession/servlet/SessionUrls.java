// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Session ids in URLs: chapter 7.1.3 of the specification, and {@code encodeURL} and
 * {@code encodeRedirectURL} of {@link jakarta.servlet.http.HttpServletResponse}.
 *
 * <p>Works on text, not on {@link java.net.URI}, which refuses much of what browsers take.
 */
final class SessionUrls {
    private static final Pattern ABSOLUTE = Pattern.compile("(?:([A-Za-z][A-Za-z0-9+.-]*):)?//([^/?#;]*)(.*)");
    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.*");

    private static final Pattern ENCODED_DOT = Pattern.compile("%2[Ee]");

    /** How many values of one URL are worth a look. */
    private static final int MANY = 2;

    /** The start of the path parameter; null if URLs are left alone. */
    private final @Nullable String start;

    private final String contextPath;

    /**
     * Settles how URLs are treated.
     *
     * @param on whether ids may be in URLs at all
     * @param name the path parameter's name
     */
    SessionUrls(boolean on, String name, @Nullable String contextPath) {
        this.start = on ? ";" + name + "=" : null;
        this.contextPath = contextPath == null ? "" : contextPath;
    }

    boolean isOn() {
        return start != null;
    }

    /** What the URL that the client asked for holds, whatever it was dispatched to since. */
    List<String> values(HttpServletRequest request) {
        if (start == null) {
            return List.of();
        }
        List<String> values = new ArrayList<>(1);
        String uri = requested(request);
        for (int at = uri.indexOf(start); at >= 0 && values.size() < MANY; at = uri.indexOf(start, at + 1)) {
            int from = at + start.length();
            values.add(uri.substring(from, endOfParameter(uri, from)));
        }
        if (values.isEmpty() && request.isRequestedSessionIdFromURL()) {
            // A container may take the parameter out of the URI once it has read it.
            String found = request.getRequestedSessionId();
            if (found != null) {
                values.add(found);
            }
        }
        return values;
    }

    private static String requested(HttpServletRequest request) {
        DispatcherType type = request.getDispatcherType();
        Object original = switch (type) {
            case ERROR -> request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
            case ASYNC -> request.getAttribute(AsyncContext.ASYNC_REQUEST_URI);
            case FORWARD -> request.getAttribute(RequestDispatcher.FORWARD_REQUEST_URI);
            default -> null;
        };
        if (original != null) {
            return original.toString();
        }
        String uri = request.getRequestURI();
        return uri == null ? "" : uri;
    }

    private static int endOfParameter(String url, int from) {
        int end = from;
        while (end < url.length() && ";/?#".indexOf(url.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    /**
     * Puts the id into a URL of this application; every other URL stays as it is.
     *
     * @param url absolute or relative to the request's
     * @param value what stands for the session
     */
    String encode(String url, String value, HttpServletRequest request) {
        if (start == null || url.startsWith("#")) {
            return url;
        }
        int end = endOfPath(url);
        String path = url.substring(0, end);
        String rest = url.substring(end);
        if (isReadOtherwise(path)) {
            return url;
        }
        String own = path.isEmpty() ? withoutParameters(request.getRequestURI()) : path;
        String inServer = pathOnThisServer(own, request);
        if (inServer == null || !isOfThisContext(inServer)) {
            return url;
        }
        StringBuilder encoded = new StringBuilder(without(own));
        Matcher absolute = ABSOLUTE.matcher(own);
        if (absolute.matches() && absolute.group(3).isEmpty()) {
            encoded.append('/');
        }
        return encoded.append(start).append(value).append(rest).toString();
    }

    /**
     * Whether a browser reads the path otherwise than it looks, perhaps as another server's: it takes a backslash
     * for a slash, and leaves out blanks in front and control characters anywhere.
     */
    private static boolean isReadOtherwise(String path) {
        return path.startsWith(" ") || path.chars().anyMatch(c -> c == '\\' || Character.isISOControl(c));
    }

    private static int endOfPath(String url) {
        int end = 0;
        while (end < url.length() && url.charAt(end) != '?' && url.charAt(end) != '#') {
            end++;
        }
        return end;
    }

    /** The path that a URL leads to; null if it is on another server. */
    private static @Nullable String pathOnThisServer(String url, HttpServletRequest request) {
        Matcher absolute = ABSOLUTE.matcher(url);
        if (absolute.matches()) {
            String scheme = absolute.group(1) == null ? request.getScheme() : absolute.group(1);
            return scheme.equalsIgnoreCase(request.getScheme()) && isThisServer(absolute.group(2), scheme, request)
                    ? normalized(absolute.group(3))
                    : null;
        }
        if (SCHEME.matcher(url).matches()) {
            return null;
        }
        if (url.startsWith("/")) {
            return normalized(url);
        }
        String base = withoutParameters(request.getRequestURI());
        return normalized(base.substring(0, base.lastIndexOf('/') + 1) + url);
    }

    private static boolean isThisServer(String authority, String scheme, HttpServletRequest request) {
        if (authority.indexOf('@') >= 0) {
            return false;
        }
        int colon = authority.lastIndexOf(':');
        boolean hasPort = colon > authority.lastIndexOf(']');
        String host = hasPort ? authority.substring(0, colon) : authority;
        int port = "https".equals(scheme.toLowerCase(Locale.ROOT)) ? 443 : 80;
        if (hasPort && colon + 1 < authority.length()) {
            try {
                port = Integer.parseInt(authority.substring(colon + 1));
            } catch (NumberFormatException e) {
                return false;
            }
        }
        return host.equalsIgnoreCase(request.getServerName()) && port == request.getServerPort();
    }

    /** Without parameters, and with the dots resolved as a browser does. */
    private static String normalized(String path) {
        Deque<String> segments = new ArrayDeque<>();
        for (String written : withoutParameters(path).split("/", -1)) {
            String segment = ENCODED_DOT.matcher(written).replaceAll(".");
            if (segment.equals("..")) {
                segments.pollLast();
            } else if (!segment.equals(".")) {
                segments.addLast(written);
            }
        }
        String joined = String.join("/", segments);
        return joined.startsWith("/") ? joined : "/" + joined;
    }

    private static String withoutParameters(String path) {
        if (path.indexOf(';') < 0) {
            return path;
        }
        StringBuilder without = new StringBuilder();
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) == ';') {
                while (i + 1 < path.length() && path.charAt(i + 1) != '/') {
                    i++;
                }
            } else {
                without.append(path.charAt(i));
            }
        }
        return without.toString();
    }

    private boolean isOfThisContext(String path) {
        return contextPath.isEmpty() || path.equals(contextPath) || path.startsWith(contextPath + "/");
    }

    /** Without the ids that are in the URL already. */
    private String without(String url) {
        String parameter = start == null ? "" : start;
        StringBuilder without = new StringBuilder(url.length());
        int from = 0;
        for (int at = url.indexOf(parameter); at >= 0; at = url.indexOf(parameter, from)) {
            without.append(url, from, at);
            from = endOfParameter(url, at + parameter.length());
        }
        return without.append(url, from, url.length()).toString();
    }
}
