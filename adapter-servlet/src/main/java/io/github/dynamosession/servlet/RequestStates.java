// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.ServletRequest;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the state of a request when the container dispatches it again without our wrappers: ERROR
 * dispatches (Tomcat runs them after the chain has ended) and ASYNC ones.
 *
 * <p>Not by request attributes, because request attribute listeners would see them, but by the identity
 * of the container's own request, weakly. As a container may use a request object again for the next
 * request, the request's id has to be the same as well. Only requests that may be dispatched again are
 * remembered.
 */
final class RequestStates {
    private final Map<Key, Remembered> states = new ConcurrentHashMap<>();
    private final ReferenceQueue<ServletRequest> collected = new ReferenceQueue<>();

    /** Those of requests that have not ended, however long they go on asynchronously. */
    private final Set<RequestState> underWay = ConcurrentHashMap.newKeySet();

    private final Object ends = new Object();
    private volatile boolean stopping;

    private record Remembered(String requestId, RequestState state) {}

    void remember(ServletRequest request, RequestState state) {
        ServletRequest bottom = SessionRequest.bottom(request);
        String id = bottom.getRequestId();
        if (id != null) {
            purge();
            states.put(new Key(bottom, collected), new Remembered(id, state));
        }
    }

    void forget(ServletRequest request) {
        purge();
        if (!states.isEmpty()) {
            states.remove(new Key(SessionRequest.bottom(request), null));
        }
    }

    @Nullable
    RequestState find(ServletRequest request) {
        purge();
        if (states.isEmpty()) {
            return null;
        }
        ServletRequest bottom = SessionRequest.bottom(request);
        Remembered remembered = states.get(new Key(bottom, null));
        return remembered != null && remembered.requestId().equals(bottom.getRequestId()) ? remembered.state() : null;
    }

    /** A request begins, or is dispatched again. */
    void begun(RequestState state) {
        underWay.add(state);
    }

    /** A request has ended: nothing of it will be saved any more. */
    void ended(RequestState state) {
        underWay.remove(state);
        if (stopping) {
            synchronized (ends) {
                ends.notifyAll();
            }
        }
    }

    /**
     * Waits until no request is under way.
     *
     * @param timeout how long at most
     * @return how many requests are under way all the same
     */
    int awaitEnds(Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        stopping = true;
        synchronized (ends) {
            try {
                for (long left = timeout.toMillis(); !underWay.isEmpty() && left > 0; ) {
                    ends.wait(left);
                    left = Duration.ofNanos(end - System.nanoTime()).toMillis();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        stopping = false;
        return underWay.size();
    }

    /** Lets go of the states of requests that were collected: what they read from the store goes with them. */
    private void purge() {
        for (Reference<?> gone = collected.poll(); gone != null; gone = collected.poll()) {
            states.remove(gone);
        }
    }

    /** A request by identity; one that was collected equals only itself. */
    private static final class Key extends WeakReference<ServletRequest> {
        private final int hash;

        Key(ServletRequest request, @Nullable ReferenceQueue<ServletRequest> queue) {
            super(request, queue);
            this.hash = System.identityHashCode(request);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            if (this == other) {
                return true;
            }
            ServletRequest own = get();
            return own != null && other instanceof Key key && own == key.get();
        }
    }
}
