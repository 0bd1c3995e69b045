// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Several observers as one. */
record ObserversInTurn(List<SessionObserver> observers) implements SessionObserver {
    @Override
    public void operation(StoreOperation operation) {
        tell(observer -> observer.operation(operation));
    }

    @Override
    public void unreadableAttribute(UnreadableValueException reason) {
        tell(observer -> observer.unreadableAttribute(reason));
    }

    @Override
    public void lateChangeDropped() {
        tell(SessionObserver::lateChangeDropped);
    }

    @Override
    public void customAttributeLeftOut() {
        tell(SessionObserver::customAttributeLeftOut);
    }

    private void tell(Consumer<SessionObserver> event) {
        Throwable thrown = null;
        for (SessionObserver observer : observers) {
            try {
                event.accept(observer);
            } catch (RuntimeException | Error e) {
                thrown = first(thrown, e);
            }
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private static Throwable first(@Nullable Throwable before, Throwable now) {
        if (before == null) {
            return now;
        }
        if (before != now) {
            before.addSuppressed(now);
        }
        return before;
    }
}
