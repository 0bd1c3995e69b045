// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.StreamPriority;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.net.HostAndPort;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A response whose head waits until the session is committed: saved, moved or ended, and its cookie set.
 *
 * <p>The first operation that sends the head starts the commit; it and those that follow are done in
 * their order when that is over. Meanwhile the response looks as if the head were sent, and its write
 * queue full. If the commit fails, they fail, and the response is as new for whoever answers the failure.
 * A session that was used again after the head was sent is committed once more before the response ends. If the
 * client goes away, so that perhaps nobody sends a head or an end, that commits the session, too.
 *
 * <p>The response behind is never asked under a lock of ours, nor of the session's: it takes the
 * connection's, and Undertow holds that while it writes here.
 */
final class VertxSessionResponse implements HttpServerResponse {
    private static final Logger LOG = LoggerFactory.getLogger(VertxSessionResponse.class);

    /** What belongs to an answer that is not sent; other headers may be there for any response. */
    private static final List<String> OF_THE_ANSWER = List.of(
            "Content-Type",
            "Content-Length",
            "Content-Encoding",
            "Content-Language",
            "Content-Location",
            "Content-Disposition",
            "Content-Range",
            "Accept-Ranges",
            "Transfer-Encoding",
            "ETag",
            "Last-Modified",
            "Cache-Control",
            "Expires",
            "Location",
            "Set-Cookie");

    private final HttpServerResponse delegate;
    private final ContextInternal context;
    private final HttpVersion version;

    private final long arrived = System.nanoTime();

    private volatile @Nullable RequestSession session;
    private volatile boolean excluded;
    private volatile boolean endLeft;
    private @Nullable Deque<Step<?>> waiting;
    private boolean endAsked;
    private @Nullable Handler<Void> drainHandler;
    private @Nullable Handler<Void> closeHandler;
    private @Nullable Handler<Void> headHandler;

    /** Whether the handler has seen the head that is sent next. */
    private boolean headTold;

    /** Whether a head was prepared that was not sent, because the session failed. */
    private volatile boolean headRefused;

    /** Who runs the handler of the head, and may still change it; null: nobody. */
    private @Nullable Thread telling;

    private record Step<T>(boolean ends, Supplier<Future<T>> operation, Promise<T> promise) {
        void run(Runnable refused) {
            Future<T> done;
            try {
                done = operation.get();
            } catch (RuntimeException e) {
                if (ends) {
                    refused.run();
                }
                promise.tryFail(e);
                return;
            }
            done.onComplete(promise);
        }
    }

    VertxSessionResponse(HttpServerResponse delegate, ContextInternal context, HttpVersion version) {
        this.delegate = delegate;
        this.context = context;
        this.version = version;
    }

    @Nullable
    RequestSession session() {
        return session;
    }

    void session(RequestSession session) {
        this.session = session;
        delegate.closeHandler(this::closed);
    }

    /** From now on somebody else says when the request is over, whatever becomes of the connection. */
    void leaveEndTo() {
        endLeft = true;
    }

    /** The client has gone: perhaps nobody will send a head any more, for which the session waits. */
    private void closed(@Nullable Void nothing) {
        if (!endLeft || delegate.headWritten()) {
            over(false);
        }
        Handler<Void> told;
        synchronized (this) {
            told = closeHandler;
        }
        if (told != null) {
            told.handle(null);
        }
    }

    /**
     * Commits the session of a request that is over without an answer; one that was answered has committed it.
     *
     * @param failed whether the request failed
     */
    void over(boolean failed) {
        RequestSession pending = session;
        if (pending == null || ended()) {
            return;
        }
        pending.ask();
        pending.prepared()
                .compose(ready -> pending.isCommitted() ? Future.succeededFuture() : pending.commitUnanswered(failed))
                .onFailure(VertxSessionResponse::logUnanswered);
    }

    private static void logUnanswered(Throwable failure) {
        LOG.warn("The session of a request whose client has gone cannot be saved", failure);
    }

    /** How long ago the request came. */
    Duration age() {
        return Duration.ofNanos(System.nanoTime() - arrived);
    }

    /** The path has no session. */
    void exclude() {
        excluded = true;
    }

    boolean isExcluded() {
        return excluded;
    }

    ContextInternal context() {
        return context;
    }

    /** The response that waits for nothing, for the session's own headers. */
    HttpServerResponse direct() {
        return delegate;
    }

    /** Does what sends the head, or ends the response, when the session is committed. */
    private <T> Future<T> inTurn(boolean ends, Supplier<Future<T>> operation) {
        RequestSession pending = session;
        boolean toCommit = pending != null && (ends || !delegate.headWritten());
        @Nullable Step<T> step = null;
        boolean first = false;
        if (pending != null && toCommit) {
            pending.ask();
        }
        boolean over = delegate.ended();
        synchronized (this) {
            if (endAsked || over) {
                throw new IllegalStateException("Response has already been written");
            }
            Deque<Step<?>> queue = waiting;
            if (queue == null && toCommit) {
                first = true;
                queue = new ArrayDeque<>();
                waiting = queue;
            }
            if (queue != null) {
                step = new Step<>(ends, operation, context.promise());
                queue.add(step);
                endAsked |= ends;
            }
        }
        if (step == null || pending == null) {
            return operation.get();
        }
        if (first) {
            // Not under the lock: saving takes the session's.
            begin(pending);
        }
        return step.promise().future();
    }

    private void begin(RequestSession pending) {
        boolean head = !delegate.headWritten();
        if (head) {
            try {
                tellHead();
            } catch (RuntimeException | Error e) {
                takeWaiting().forEach(step -> step.promise().tryFail(e));
                throw e;
            }
        } else if (pending.isCommitted()) {
            release(pending);
            return;
        }
        commit(pending);
    }

    private void commit(RequestSession pending) {
        pending.committedAfter(pending.prepared()).onComplete(done -> {
            if (done.succeeded()) {
                release(pending);
            } else {
                // Not inside of the application's own call: what else it writes now is refused, too.
                context.runOnContext(later -> refuse(pending, done.cause()));
            }
        });
    }

    /** Once for each head: before the session is committed, if there is one, otherwise when the head is sent. */
    private void tellHead() {
        Handler<Void> told;
        synchronized (this) {
            told = headTold ? null : headHandler;
            headTold = true;
            telling = Thread.currentThread();
        }
        try {
            if (told != null && headRefused) {
                tellAgain(told);
            } else if (told != null) {
                told.handle(null);
            }
        } catch (RuntimeException | Error e) {
            synchronized (this) {
                headTold = false;
            }
            throw e;
        } finally {
            synchronized (this) {
                telling = null;
            }
        }
    }

    /** Quarkus REST gives the head its status and content type there, of the answer that was refused. */
    private void tellAgain(Handler<Void> told) {
        int status = delegate.getStatusCode();
        String message = delegate.getStatusMessage();
        Map<String, List<String>> present = new LinkedHashMap<>();
        OF_THE_ANSWER.forEach(name -> present.put(name, delegate.headers().getAll(name)));
        told.handle(null);
        delegate.setStatusCode(status).setStatusMessage(message);
        present.forEach((name, values) -> {
            delegate.headers().remove(name);
            delegate.headers().add(name, values);
        });
    }

    private synchronized Deque<Step<?>> takeWaiting() {
        Deque<Step<?>> taken = waiting == null ? new ArrayDeque<>() : waiting;
        waiting = null;
        endAsked = false;
        return taken;
    }

    private void release(RequestSession pending) {
        while (true) {
            Step<?> next;
            synchronized (this) {
                next = waiting == null ? null : waiting.peek();
                if (next == null) {
                    waiting = null;
                    break;
                }
            }
            if (next.ends() && !pending.isCommitted()) {
                // Used again since the head was asked for.
                commit(pending);
                return;
            }
            synchronized (this) {
                if (waiting != null) {
                    waiting.remove();
                }
            }
            next.run(this::endRefused);
        }
        boolean full = delegate.ended() || delegate.writeQueueFull();
        Handler<Void> drained;
        synchronized (this) {
            drained = endAsked || full ? null : drainHandler;
        }
        if (drained != null) {
            drained.handle(null);
        }
    }

    /** What was to end the response did not: somebody else may. */
    private void endRefused() {
        boolean over = delegate.ended();
        synchronized (this) {
            endAsked = over;
        }
    }

    private void refuse(RequestSession pending, Throwable failure) {
        Deque<Step<?>> refused = takeWaiting();
        if (delegate.headWritten()) {
            LOG.warn(
                    "A session was changed after the head of the response was sent, and cannot be saved: the"
                            + " response is broken off",
                    failure);
            delegate.reset();
        } else if (!delegate.closed()) {
            anotherHead();
            pending.answer(failure);
        } else {
            logUnanswered(failure);
        }
        refused.forEach(step -> step.promise().tryFail(failure));
    }

    /**
     * An operation that takes the connection over.
     *
     * @param withCookies whether it sends cookies; a WebSocket's handshake sends headers only
     */
    <T> Future<T> upgrade(boolean withCookies, Runnable hold, Supplier<Future<T>> operation, Runnable letGo) {
        RequestSession pending = session;
        if (pending == null) {
            return operation.get();
        }
        if (withCookies) {
            // The handshake of a WebSocket has no such handlers.
            tellHead();
        }
        pending.ask();
        Future<Void> prepared = pending.prepared();
        if (prepared.succeeded() && pending.isCommitted()) {
            return operation.get();
        }
        hold.run();
        Promise<T> promise = context.promise();
        pending.committedAfter(prepared).onComplete(committed -> {
            if (committed.succeeded()) {
                if (!withCookies) {
                    pending.cookie()
                            .ifPresent(cookie -> delegate.headers().add(HttpHeaders.SET_COOKIE, cookie.encode()));
                }
                try {
                    operation.get().onComplete(promise);
                } catch (RuntimeException e) {
                    promise.tryFail(e);
                }
            } else {
                letGo.run();
                anotherHead();
                pending.answer(committed.cause());
                promise.tryFail(committed.cause());
            }
        });
        return promise.future();
    }

    /** The head that was prepared is not sent: another one will be. */
    private void anotherHead() {
        OF_THE_ANSWER.forEach(name -> delegate.headers().remove(name));
        synchronized (this) {
            headTold = false;
            headRefused = true;
        }
    }

    private synchronized boolean isWaiting() {
        return waiting != null && telling != Thread.currentThread();
    }

    private void checkHead() {
        if (isWaiting()) {
            throw new IllegalStateException("Response head already sent");
        }
    }

    private void checkLength() {
        if (version == HttpVersion.HTTP_1_1
                && !headWritten()
                && !delegate.headers().contains(HttpHeaders.TRANSFER_ENCODING)
                && !delegate.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
            throw new IllegalStateException(
                    "You must set the Content-Length header to be the total size of the message body BEFORE sending"
                            + " any data if you are not using HTTP chunked encoding.");
        }
    }

    private static <T> void then(Future<T> future, @Nullable Handler<AsyncResult<T>> handler) {
        if (handler != null) {
            future.onComplete(handler);
        }
    }

    // What sends the head.

    @Override
    public Future<Void> writeHead() {
        checkLength();
        return inTurn(false, delegate::writeHead);
    }

    @Override
    public Future<Void> write(Buffer data) {
        checkLength();
        return inTurn(false, () -> delegate.write(data));
    }

    @Override
    public void write(Buffer data, @Nullable Handler<AsyncResult<Void>> handler) {
        then(write(data), handler);
    }

    @Override
    public Future<Void> write(String chunk, String enc) {
        return write(Buffer.buffer(chunk, enc));
    }

    @Override
    public void write(String chunk, String enc, @Nullable Handler<AsyncResult<Void>> handler) {
        then(write(chunk, enc), handler);
    }

    @Override
    public Future<Void> write(String chunk) {
        return write(Buffer.buffer(chunk));
    }

    @Override
    public void write(String chunk, @Nullable Handler<AsyncResult<Void>> handler) {
        then(write(chunk), handler);
    }

    @Override
    public Future<Void> end() {
        return inTurn(true, delegate::end);
    }

    @Override
    public void end(@Nullable Handler<AsyncResult<Void>> handler) {
        then(end(), handler);
    }

    @Override
    public Future<Void> end(Buffer chunk) {
        return inTurn(true, () -> delegate.end(chunk));
    }

    @Override
    public void end(Buffer chunk, @Nullable Handler<AsyncResult<Void>> handler) {
        then(end(chunk), handler);
    }

    @Override
    public Future<Void> end(String chunk) {
        return end(Buffer.buffer(chunk));
    }

    @Override
    public void end(String chunk, @Nullable Handler<AsyncResult<Void>> handler) {
        then(end(chunk), handler);
    }

    @Override
    public Future<Void> end(String chunk, String enc) {
        return end(Buffer.buffer(chunk, enc));
    }

    @Override
    public void end(String chunk, String enc, @Nullable Handler<AsyncResult<Void>> handler) {
        then(end(chunk, enc), handler);
    }

    @Override
    public Future<Void> sendFile(String filename, long offset, long length) {
        return inTurn(
                true,
                () -> delegate.sendFile(filename, offset, length).onFailure(failure -> {
                    // No such file: the response is still to be answered.
                    if (!delegate.headWritten()) {
                        synchronized (this) {
                            endAsked = false;
                            headTold = false;
                        }
                    }
                }));
    }

    @Override
    public HttpServerResponse sendFile(
            String filename, long offset, long length, @Nullable Handler<AsyncResult<Void>> resultHandler) {
        then(sendFile(filename, offset, length), resultHandler);
        return this;
    }

    @Override
    public HttpServerResponse writeCustomFrame(int type, int flags, Buffer payload) {
        inTurn(false, () -> {
            delegate.writeCustomFrame(type, flags, payload);
            return Future.succeededFuture();
        });
        return this;
    }

    // What looks different while the head waits.

    @Override
    public boolean ended() {
        return isEndAsked() || delegate.ended();
    }

    private synchronized boolean isEndAsked() {
        return endAsked && telling != Thread.currentThread();
    }

    @Override
    public boolean headWritten() {
        return isWaiting() || delegate.headWritten();
    }

    @Override
    public boolean writeQueueFull() {
        return isWaiting() || delegate.writeQueueFull();
    }

    @Override
    public HttpServerResponse drainHandler(@Nullable Handler<Void> handler) {
        synchronized (this) {
            drainHandler = handler;
        }
        delegate.drainHandler(handler);
        return this;
    }

    @Override
    public HttpServerResponse setStatusCode(int statusCode) {
        checkHead();
        delegate.setStatusCode(statusCode);
        return this;
    }

    @Override
    public HttpServerResponse setStatusMessage(String statusMessage) {
        checkHead();
        delegate.setStatusMessage(statusMessage);
        return this;
    }

    @Override
    public HttpServerResponse setChunked(boolean chunked) {
        checkHead();
        delegate.setChunked(chunked);
        return this;
    }

    @Override
    public HttpServerResponse putHeader(String name, String value) {
        checkHead();
        delegate.putHeader(name, value);
        return this;
    }

    @Override
    public HttpServerResponse putHeader(CharSequence name, CharSequence value) {
        checkHead();
        delegate.putHeader(name, value);
        return this;
    }

    @Override
    public HttpServerResponse putHeader(String name, Iterable<String> values) {
        checkHead();
        delegate.putHeader(name, values);
        return this;
    }

    @Override
    public HttpServerResponse putHeader(CharSequence name, Iterable<CharSequence> values) {
        checkHead();
        delegate.putHeader(name, values);
        return this;
    }

    // The rest is handed on.

    @Override
    public HttpServerResponse exceptionHandler(@Nullable Handler<Throwable> handler) {
        delegate.exceptionHandler(handler);
        return this;
    }

    @Override
    public HttpServerResponse setWriteQueueMaxSize(int maxSize) {
        delegate.setWriteQueueMaxSize(maxSize);
        return this;
    }

    @Override
    public int getStatusCode() {
        return delegate.getStatusCode();
    }

    @Override
    public String getStatusMessage() {
        return delegate.getStatusMessage();
    }

    @Override
    public boolean isChunked() {
        return delegate.isChunked();
    }

    @Override
    public MultiMap headers() {
        return delegate.headers();
    }

    @Override
    public MultiMap trailers() {
        return delegate.trailers();
    }

    @Override
    public HttpServerResponse putTrailer(String name, String value) {
        delegate.putTrailer(name, value);
        return this;
    }

    @Override
    public HttpServerResponse putTrailer(CharSequence name, CharSequence value) {
        delegate.putTrailer(name, value);
        return this;
    }

    @Override
    public HttpServerResponse putTrailer(String name, Iterable<String> values) {
        delegate.putTrailer(name, values);
        return this;
    }

    @Override
    public HttpServerResponse putTrailer(CharSequence name, Iterable<CharSequence> value) {
        delegate.putTrailer(name, value);
        return this;
    }

    @Override
    public HttpServerResponse closeHandler(@Nullable Handler<Void> handler) {
        synchronized (this) {
            closeHandler = handler;
        }
        delegate.closeHandler(this::closed);
        return this;
    }

    @Override
    public HttpServerResponse endHandler(@Nullable Handler<Void> handler) {
        delegate.endHandler(handler);
        return this;
    }

    @Override
    public HttpServerResponse writeContinue() {
        delegate.writeContinue();
        return this;
    }

    @Override
    public Future<Void> writeEarlyHints(MultiMap headers) {
        return delegate.writeEarlyHints(headers);
    }

    @Override
    public void writeEarlyHints(MultiMap headers, Handler<AsyncResult<Void>> handler) {
        delegate.writeEarlyHints(headers, handler);
    }

    @Override
    @Deprecated
    public void close() {
        delegate.close();
    }

    @Override
    public boolean closed() {
        return delegate.closed();
    }

    @Override
    public HttpServerResponse headersEndHandler(@Nullable Handler<Void> handler) {
        delegate.headersEndHandler(handler == null ? null : head -> tellHead());
        synchronized (this) {
            headHandler = handler;
        }
        return this;
    }

    @Override
    public HttpServerResponse bodyEndHandler(@Nullable Handler<Void> handler) {
        delegate.bodyEndHandler(handler);
        return this;
    }

    @Override
    public long bytesWritten() {
        return delegate.bytesWritten();
    }

    @Override
    public int streamId() {
        return delegate.streamId();
    }

    @Override
    @Deprecated
    public Future<HttpServerResponse> push(HttpMethod method, String host, String path, MultiMap headers) {
        return delegate.push(method, host, path, headers);
    }

    @Override
    public Future<HttpServerResponse> push(HttpMethod method, HostAndPort authority, String path, MultiMap headers) {
        return delegate.push(method, authority, path, headers);
    }

    @Override
    public boolean reset(long code) {
        return delegate.reset(code);
    }

    @Override
    public HttpServerResponse setStreamPriority(StreamPriority streamPriority) {
        delegate.setStreamPriority(streamPriority);
        return this;
    }

    @Override
    public HttpServerResponse addCookie(Cookie cookie) {
        delegate.addCookie(cookie);
        return this;
    }

    @Override
    public @Nullable Cookie removeCookie(String name, boolean invalidate) {
        return delegate.removeCookie(name, invalidate);
    }

    @Override
    public Set<Cookie> removeCookies(String name, boolean invalidate) {
        return delegate.removeCookies(name, invalidate);
    }

    @Override
    public @Nullable Cookie removeCookie(String name, String domain, String path, boolean invalidate) {
        return delegate.removeCookie(name, domain, path, invalidate);
    }
}
