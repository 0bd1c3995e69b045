// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.web.SessionFailure;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asynchronous processing: chapter 2.3.3.3 of the specification. Stands before the container's context,
 * gives the application its wrappers back, and saves what changed on other threads before
 * {@link #complete()} sends the response off.
 */
final class SessionAsyncContext implements AsyncContext {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoSessionFilter.class);

    /** Of no page: the filter comes first, and fails. */
    private static final String FAILING_PATH = "/io.github.dynamosession/failed";

    private final AsyncContext container;
    private final SessionRequest own;
    private final ServletRequest request;
    private final ServletResponse response;
    private volatile boolean completed;

    SessionAsyncContext(AsyncContext container, SessionRequest own, ServletRequest request, ServletResponse response) {
        this.container = container;
        this.own = own;
        this.request = request;
        this.response = response;
    }

    @Override
    public ServletRequest getRequest() {
        return request;
    }

    @Override
    public ServletResponse getResponse() {
        return response;
    }

    @Override
    public boolean hasOriginalRequestAndResponse() {
        // Undertow takes what the last filter was given for the application's, even without arguments.
        boolean ours = request == own && response == own.response();
        return container.hasOriginalRequestAndResponse() || (ours && !(own.wrapped() instanceof ServletRequestWrapper));
    }

    @Override
    public void dispatch() {
        container.dispatch();
    }

    @Override
    public void dispatch(String path) {
        container.dispatch(path);
    }

    @Override
    public void dispatch(ServletContext context, String path) {
        container.dispatch(context, path);
    }

    /** Whether the application is through: Jetty calls the processing started until the servlet returns. */
    boolean isCompleted() {
        return completed;
    }

    @Override
    public void complete() {
        RequestState state = own.state();
        SessionResponse target = own.response();
        try {
            state.save();
        } catch (RuntimeException e) {
            boolean committed = target.isCommitted();
            Failure failure = Failure.of(e);
            state.abandon(target, failure);
            state.mayReturn();
            if (committed) {
                SessionFailure.log(LOG, "A session could not be saved, and the response is already committed", e);
                if (!CommittedResponse.cut(target) && dispatchedToFail(state, e)) {
                    return;
                }
            } else {
                fail(target, failure, e);
            }
        }
        // Not before: the request's own thread would save, too, and let the container take the response away.
        completed = true;
        container.complete();
    }

    /** Lets the container itself cut the connection, as it does when a dispatch fails after the commit. */
    private boolean dispatchedToFail(RequestState state, RuntimeException failure) {
        try {
            state.cutBy(failure);
            container.dispatch(FAILING_PATH);
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    /** Through the application's error page, which the container shows when the request is completed. */
    private static void fail(SessionResponse target, Failure failure, RuntimeException thrown) {
        SessionFailure.log(LOG, "A session could not be saved; the answer is " + failure.status(), thrown);
        try {
            failure.send(target.wrapped());
        } catch (IOException | IllegalStateException e) {
            thrown.addSuppressed(e);
            failure.replace(target.wrapped());
        }
    }

    /** The container completes the request: a failure becomes the response, if it still can. */
    private void save() {
        try {
            own.state().save();
        } catch (RuntimeException e) {
            Failure failure = Failure.of(e);
            boolean committed = own.response().isCommitted();
            own.state().abandon(own.response(), failure);
            if (committed) {
                SessionFailure.log(LOG, "A session could not be saved, and the response is already committed", e);
            } else {
                SessionFailure.log(LOG, "A session could not be saved; the answer is " + failure.status(), e);
                failure.replace(own.response().wrapped());
            }
        }
    }

    @Override
    public void start(Runnable run) {
        container.start(run);
    }

    @Override
    public void addListener(AsyncListener listener) {
        container.addListener(new Translated(listener));
    }

    @Override
    public void addListener(AsyncListener listener, ServletRequest given, ServletResponse givenResponse) {
        container.addListener(new Translated(listener), given, givenResponse);
    }

    @Override
    public <T extends AsyncListener> T createListener(Class<T> type) throws ServletException {
        return container.createListener(type);
    }

    @Override
    public void setTimeout(long timeout) {
        container.setTimeout(timeout);
    }

    @Override
    public long getTimeout() {
        return container.getTimeout();
    }

    /** Saves when the container ends the processing by itself: after a timeout or an error. */
    AsyncListener completion() {
        return new Completion();
    }

    private final class Completion implements AsyncListener {
        @Override
        public void onComplete(AsyncEvent event) {
            try {
                save();
            } finally {
                own.state().ended();
            }
        }

        @Override
        public void onTimeout(AsyncEvent event) {
            save();
        }

        @Override
        public void onError(AsyncEvent event) {
            save();
        }

        @Override
        public void onStartAsync(AsyncEvent event) {
            // The next cycle registers a listener of its own.
        }
    }

    /** Hands an application's listener our context and wrappers, where the container names its own. */
    private final class Translated implements AsyncListener {
        private final AsyncListener listener;

        Translated(AsyncListener listener) {
            this.listener = listener;
        }

        private AsyncEvent translated(AsyncEvent event) {
            return new AsyncEvent(
                    SessionAsyncContext.this,
                    translated(event.getSuppliedRequest()),
                    translated(event.getSuppliedResponse()),
                    event.getThrowable());
        }

        private @Nullable ServletRequest translated(@Nullable ServletRequest supplied) {
            return supplied == own.wrapped() ? own : supplied;
        }

        private @Nullable ServletResponse translated(@Nullable ServletResponse supplied) {
            return supplied == own.response().wrapped() ? own.response() : supplied;
        }

        @Override
        public void onComplete(AsyncEvent event) throws IOException {
            listener.onComplete(translated(event));
        }

        @Override
        public void onTimeout(AsyncEvent event) throws IOException {
            listener.onTimeout(translated(event));
        }

        @Override
        public void onError(AsyncEvent event) throws IOException {
            listener.onError(translated(event));
        }

        @Override
        public void onStartAsync(AsyncEvent event) throws IOException {
            // The new cycle has a context of its own.
            AsyncContext next = event.getAsyncContext();
            listener.onStartAsync(new AsyncEvent(
                    new SessionAsyncContext(next, own, request, response),
                    translated(event.getSuppliedRequest()),
                    translated(event.getSuppliedResponse()),
                    event.getThrowable()));
        }
    }
}
