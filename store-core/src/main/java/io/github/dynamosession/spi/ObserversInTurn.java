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

    private void tell(Consumer<SessionObserver> event) {
        RuntimeException thrown = null;
        for (SessionObserver observer : observers) {
            try {
                event.accept(observer);
            } catch (RuntimeException e) {
                thrown = first(thrown, e);
            }
        }
        if (thrown != null) {
            throw thrown;
        }
    }

    private static RuntimeException first(@Nullable RuntimeException before, RuntimeException now) {
        if (before == null) {
            return now;
        }
        if (before != now) {
            before.addSuppressed(now);
        }
        return before;
    }
}
