// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.Session;

/**
 * What Micronaut's session has no words for. Nothing here does I/O or blocks: it happens when the
 * response is about to be sent, or with {@code SessionStore.save}.
 */
public final class DynamoSessions {
    private DynamoSessions() {}

    /**
     * The engine's session behind one of Micronaut's, for exact changes by {@link Session#compute} and
     * values of generic types. It is the same session: what is changed in one is seen in the other.
     *
     * @param session what Micronaut gave
     * @return the session
     * @throws IllegalArgumentException if it is not a session of this adapter
     */
    public static Session session(io.micronaut.session.Session session) {
        return of(session).session();
    }

    /**
     * Gives the session another id because its user or rights change, and takes the old one out of use:
     * to be called at every login. Session logins of Micronaut Security do it by themselves.
     *
     * @param session what Micronaut gave
     * @throws IllegalArgumentException if it is not a session of this adapter
     */
    public static void changeId(io.micronaut.session.Session session) {
        of(session).wantNewId();
    }

    /**
     * Ends the session: it is deleted, no save of any request brings it back, and the cookie is cleared.
     *
     * @param session what Micronaut gave; at once nothing is found in it any more
     * @throws IllegalArgumentException if it is not a session of this adapter
     */
    public static void invalidate(io.micronaut.session.Session session) {
        of(session).end();
    }

    private static MicronautSession of(io.micronaut.session.Session session) {
        if (session instanceof MicronautSession ours) {
            return ours;
        }
        throw new IllegalArgumentException("this session is not one of the DynamoSession adapter");
    }
}
