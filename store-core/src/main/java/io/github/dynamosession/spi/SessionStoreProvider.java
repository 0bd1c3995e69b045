// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.Set;

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
     * The settings that this provider reads, without the prefix {@code dynamosession.}: any other
     * unknown one is an error.
     *
     * @return kebab-case keys
     */
    Set<String> settings();

    /**
     * Makes the store. Problems with settings are reported to the context, all of them; if there are
     * any, the store that this method returns is closed again.
     *
     * @param context the settings and what else a store needs
     * @return the store
     */
    SessionStore create(ProviderContext context);
}
