// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionSettings;
import jakarta.enterprise.inject.Instance;
import java.util.List;

/** Where the application's DynamoDB client is injected, if it has one. It stays the application's. */
interface ClientBean {
    /**
     * Makes the store use the client.
     *
     * @return false if the application has none
     */
    boolean handTo(SessionSettings.Builder settings);

    static <C> boolean handTo(SessionSettings.Builder settings, Class<C> type, Instance<C> beans) {
        if (beans.isAmbiguous()) {
            throw new ConfigurationException(List.of(
                    SessionSettings.PREFIX + "client must name one of the several " + type.getSimpleName() + " beans"));
        }
        if (beans.isUnsatisfied()) {
            return false;
        }
        settings.resource(type, beans.get());
        return true;
    }
}
