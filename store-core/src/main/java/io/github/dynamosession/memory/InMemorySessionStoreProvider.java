// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.memory;

import io.github.dynamosession.spi.ProviderContext;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreProvider;
import io.github.dynamosession.spi.Setting;
import java.util.List;

/**
 * Makes an {@link InMemorySessionStore} where {@code dynamosession.store} is {@code memory}. It has no
 * settings; each call makes a store of its own.
 */
public final class InMemorySessionStoreProvider implements SessionStoreProvider {
    /** For {@link java.util.ServiceLoader}. */
    public InMemorySessionStoreProvider() {}

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public List<Setting> settings() {
        return List.of();
    }

    @Override
    public SessionStore create(ProviderContext context) {
        return new InMemorySessionStore(context.clock(), context.observer());
    }
}
