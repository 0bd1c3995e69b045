// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.List;

/**
 * Is notified of what the library does: for logs, metrics, cost displays.
 *
 * <p>Called in the thread that completes the operation, possibly one of a client's I/O threads: return
 * quickly and do not block. What an observer throws is logged and ignored. Nothing that it is given
 * holds an id, a key or a value.
 */
public interface SessionObserver {
    /** Does nothing. */
    SessionObserver NONE = new SessionObserver() {};

    /**
     * Several observers as one. Each is notified, in order, even if one before it throws; the first
     * exception is thrown when all have been notified.
     *
     * @param observers whom to tell
     * @return {@link #NONE} if there are none: a store then need not ask what an operation consumed
     */
    static SessionObserver all(List<? extends SessionObserver> observers) {
        List<SessionObserver> listening = observers.stream()
                .filter(observer -> observer != NONE)
                .map(SessionObserver.class::cast)
                .toList();
        return switch (listening.size()) {
            case 0 -> NONE;
            case 1 -> listening.get(0);
            default -> new ObserversInTurn(listening);
        };
    }

    /**
     * An operation of a store ended.
     *
     * @param operation which, how, and at what price
     */
    default void operation(StoreOperation operation) {}

    /**
     * An attribute could not be decoded and was treated as the unreadable policy says, or was left behind
     * when its session became another one. A {@link TamperedValueException} is worth an alarm.
     *
     * @param reason why; its message holds no value
     */
    default void unreadableAttribute(UnreadableValueException reason) {}

    /**
     * A change that a request made in place, after it had saved the session or was answered, is not stored,
     * because another request has changed the same attribute since. Called once for each attribute.
     */
    default void lateChangeDropped() {}

    /**
     * The value of a custom attribute is not stored, because it is none that its index or the store takes, or its
     * function failed; the save goes on without it.
     */
    default void customAttributeLeftOut() {}
}
