// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Knows by which failures an HTTP client says that an attempt never had a connection to send anything over:
 * none became free in the pool, the host has no address, refused, did not answer or failed the TLS handshake.
 */
final class NotSent {
    /** By name, because neither HTTP client has to be on the class path. */
    private static final Set<String> CLASSES = Set.of(
            // ConnectionPoolTimeoutException is one of them.
            "org.apache.http.conn.ConnectTimeoutException",
            "org.apache.hc.client5.http.ConnectTimeoutException",
            "org.apache.hc.core5.http.ConnectionRequestTimeoutException");

    /** What the SDK writes before the message of an HTTP client, and not before an answer of DynamoDB. */
    private static final String PREFIX = "unable to execute http request: ";

    /** Of earlier attempts the SDK keeps only the text. In lower case; each occurs in no other failure. */
    private static final List<String> TEXTS = List.of(
            "connection refused",
            "no route to host",
            "name or service not known",
            "temporary failure in name resolution",
            // Apache 4 and 5, then the Netty client.
            "timeout waiting for connection from pool",
            "timeout deadline: ",
            "acquire operation took longer",
            "too many outstanding acquire operations",
            "maximum pending connection acquisitions exceeded",
            // Apache says whom it tried to connect to, and why that failed; URLConnection and Netty.
            "http request: connect to ",
            "connect timed out",
            "connection timed out after",
            // The CRT client, for all that happens before there is a connection.
            "an exception occurred when acquiring a connection",
            "remote host terminated the handshake",
            "unsupported or unrecognized ssl message");

    private NotSent() {}

    /** Whether a failure, or a cause of it, says so. */
    static boolean shows(Throwable failure) {
        return reason(failure) != null;
    }

    /**
     * Whether the text of an earlier attempt says so, or says the same as a later failure that does: some
     * consist of nothing but the host's name.
     */
    static boolean shows(String text, Throwable later) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (!lower.contains(PREFIX)) {
            return false;
        }
        if (TEXTS.stream().anyMatch(lower::contains)) {
            return true;
        }
        Throwable reason = reason(later);
        return reason != null && reason.getMessage() != null && text.endsWith(": " + reason.getMessage());
    }

    /** The same for a reader: that the connection was refused, that the host is not known. */
    static @Nullable String why(Throwable failure) {
        Throwable reason = reason(failure);
        if (reason == null || reason.getMessage() == null) {
            return null;
        }
        return reason instanceof UnknownHostException
                ? "the host " + reason.getMessage() + " is not known"
                : reason.getMessage();
    }

    private static @Nullable Throwable reason(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (is(cause)) {
                return cause;
            }
        }
        return null;
    }

    private static boolean is(Throwable cause) {
        if (cause instanceof ConnectException
                || cause instanceof UnknownHostException
                || cause instanceof NoRouteToHostException
                || cause instanceof UnresolvedAddressException
                || cause instanceof SSLHandshakeException
                || cause instanceof SSLPeerUnverifiedException) {
            return true;
        }
        for (Class<?> type = cause.getClass(); type != null; type = type.getSuperclass()) {
            if (CLASSES.contains(type.getName())) {
                return true;
            }
        }
        String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        return cause instanceof SocketTimeoutException
                ? message.startsWith("connect timed out")
                : message.startsWith("acquire operation took longer")
                        || message.startsWith("too many outstanding acquire operations")
                        || message.startsWith("an exception occurred when acquiring a connection")
                        || message.startsWith("unsupported or unrecognized ssl message");
    }
}
