// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.UnreadableValueException;
import java.util.List;

/**
 * All observer beans as one.
 *
 * @param observers in the order of the framework
 */
record ObserversInTurn(List<SessionObserver> observers) implements SessionObserver {
    /** Without observers, none: the store then does not ask DynamoDB for capacity units. */
    static SessionObserver of(List<SessionObserver> observers) {
        return observers.isEmpty() ? NONE : new ObserversInTurn(List.copyOf(observers));
    }

    @Override
    public void operation(StoreOperation operation) {
        observers.forEach(observer -> observer.operation(operation));
    }

    @Override
    public void unreadableAttribute(UnreadableValueException reason) {
        observers.forEach(observer -> observer.unreadableAttribute(reason));
    }
}
