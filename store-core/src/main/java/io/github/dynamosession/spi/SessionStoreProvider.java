// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.List;

/**
 * Makes a store from settings; found by {@link java.util.ServiceLoader} and chosen by the setting
 * {@code dynamosession.store}.
 */
public interface SessionStoreProvider {
    /**
     * The value of {@code dynamosession.store} that chooses this provider.
     *
     * @return a kebab-case name
     */
    String name();

    /**
     * The settings that this provider reads; a key that no provider, adapter or engine knows is an error.
     *
     * @return in the order of the documentation
     */
    List<Setting> settings();

    /**
     * Makes the store. Problems with settings are reported to the context, all of them; if there are
     * any, the store that this method returns is closed again.
     *
     * @param context the settings and what else a store needs
     * @return the store
     */
    SessionStore create(ProviderContext context);
}
