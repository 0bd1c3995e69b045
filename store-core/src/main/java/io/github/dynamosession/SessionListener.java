// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

/**
 * Is notified of the life of sessions, once per event, on the node that caused it.
 *
 * <p>Called in the thread of the request, or on the manager's executor for its {@code …Async} methods; of sessions that an {@linkplain
 * SessionManager.Builder#sweepInterval interval}'s sweep removes, in the sweep's
 * thread. Never on a client's I/O thread. What a listener throws is logged and ignored.
 *
 * <p>A listener may call the manager and wait for it, in its own thread: what it asks for there needs neither the
 * executor nor the turn of the operation that notified it. {@code …Async} methods then complete on the common
 * pool, or in the calling thread if the store blocks. It must not wait for another thread that writes the same
 * session: that thread waits for the listener.
 */
public interface SessionListener {
    /**
     * A session was stored for the first time.
     *
     * @param session the session
     */
    default void sessionCreated(Session session) {}

    /**
     * The session's id changed.
     *
     * @param session the session, with its new id
     * @param formerId the id it had
     */
    default void sessionIdChanged(Session session, String formerId) {}

    /**
     * A session was ended by {@link SessionManager#end} on this node. At most one node of all notifies its
     * listeners; none if the store's answer was lost, which leaves open who ended the session. For one that expired
     * see {@link #sessionExpired}.
     *
     * @param session the session; it can no longer be used
     */
    default void sessionEnded(Session session) {}

    /**
     * A session was ended by {@link SessionManager#endAllBy} or {@link SessionManager#endBy} on this node, not by a
     * request of its own. At most one node of all notifies its listeners, as for {@link #sessionEnded}, which this calls
     * unless overridden.
     *
     * @param session the session as it was stored; its id is not known, and changes of it go nowhere
     */
    default void sessionEndedByOthers(Session session) {
        sessionEnded(session);
    }

    /**
     * A session expired, and a sweep of this node removed it: see {@link SessionManager#sweep}. Without
     * sweeping no listener is notified of expiry. At most one node of all notifies its listeners, some time after
     * the session's end; none if a node or a reply to it is lost between the removal and this call, or if the
     * database removed the session first and nobody told of it by {@link SessionManager#notifyExpired}.
     *
     * @param session the session with its last attributes. It is {@linkplain Session#isDetached()
     *     detached}: what is changed in it is not stored. Its id is not known, see {@link Session#id()}
     */
    default void sessionExpired(Session session) {}
}
