// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.httpserver;

import com.sun.net.httpserver.HttpExchange;
import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.web.CookiePolicy;
import io.github.dynamosession.web.NewId;
import io.github.dynamosession.web.SessionExchange;
import io.github.dynamosession.web.SessionFailure;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request of an {@code HttpServer}, and its session. For the thread of the request. */
public final class HttpVisit {
    private static final Logger LOG = LoggerFactory.getLogger(HttpVisit.class);

    private final HttpExchange http;
    private final CookiePolicy cookie;
    private final SessionExchange exchange;
    private boolean headSent;

    HttpVisit(HttpExchange http, SessionManager manager, CookiePolicy cookie) {
        this.http = http;
        this.cookie = cookie;
        String mode = http.getRequestHeaders().getFirst("Sec-Fetch-Mode");
        this.exchange =
                SessionExchange.atOnce(manager, cookie.age(), manager.arrival(mode), new SessionExchange.Hooks() {
                    @Override
                    public boolean isHeadSent() {
                        return headSent;
                    }
                });
    }

    /**
     * The request, to be read; {@link #send} answers it.
     *
     * @return the server's object
     */
    public HttpExchange http() {
        return http;
    }

    /**
     * The session, if there is one.
     *
     * @return empty: {@link #makeSession} makes one
     */
    public Optional<Session> session() {
        Optional<Session> session = open();
        session.ifPresent(used -> exchange.used());
        return session;
    }

    private Optional<Session> open() {
        List<String> headers = http.getRequestHeaders().getOrDefault("Cookie", List.of());
        return exchange.blocking().open(cookie.candidates(headers), List.of());
    }

    /**
     * The session, made if there is none.
     *
     * @return the session
     */
    public Session makeSession() {
        open();
        return exchange.make();
    }

    /** Gives the session another id: at every login. */
    public void changeId() {
        open();
        exchange.used();
        if (exchange.blocking().changeId(NewId.LOGIN) == ChangeIdOutcome.GONE) {
            throw new IllegalStateException("the session was ended meanwhile");
        }
    }

    /** Ends the session: at a logout. */
    public void endSession() {
        open();
        exchange.blocking().end();
    }

    /**
     * Saves the session and sends the head of the response.
     *
     * @param status the status
     * @param length the length of the body; 0: not known yet; -1: there is none
     * @return the body
     * @throws IOException if the client has gone
     */
    public OutputStream send(int status, long length) throws IOException {
        exchange.blocking().commit();
        return head(status, length);
    }

    private OutputStream head(int status, long length) throws IOException {
        cookie.cookie(exchange.cookie(), false)
                .ifPresent(spec -> http.getResponseHeaders().add("Set-Cookie", spec.header()));
        headSent = true;
        http.sendResponseHeaders(status, length);
        return http.getResponseBody();
    }

    /** Saves what was changed after the head, before the client sees the end of the body. */
    void finish() throws IOException {
        exchange.blocking().commit();
        OutputStream body = headSent ? http.getResponseBody() : head(204, -1);
        body.close();
    }

    /** Answers instead of the page. Once the head is sent, the exception makes the server cut the connection. */
    void fail(RuntimeException failure) throws IOException {
        exchange.abandon();
        SessionFailure answer = SessionFailure.of(failure);
        SessionFailure.log(LOG, "A request failed; the answer is " + answer.status(), failure);
        if (headSent) {
            throw new IOException("the response is cut off", failure);
        }
        answer.retryAfter().ifPresent(after -> http.getResponseHeaders().set("Retry-After", "" + after.toSeconds()));
        head(answer.status(), -1);
    }
}
