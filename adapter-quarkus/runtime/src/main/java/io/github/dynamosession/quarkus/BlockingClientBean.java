// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.settings.SessionSettings;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** The injection point for which the Amazon Services extension makes a client. */
@Singleton
final class BlockingClientBean implements ClientBean {
    @Inject
    Instance<DynamoDbClient> clients;

    @Override
    public boolean handTo(SessionSettings.Builder settings) {
        return ClientBean.handTo(settings, DynamoDbClient.class, clients);
    }
}
