// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.settings.SessionSettings;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/** Instead of {@link BlockingClientBean} where the application itself uses this kind of client alone. */
@Singleton
final class AsyncClientBean implements ClientBean {
    @Inject
    Instance<DynamoDbAsyncClient> clients;

    @Override
    public boolean handTo(SessionSettings.Builder settings) {
        return ClientBean.handTo(settings, DynamoDbAsyncClient.class, clients);
    }
}
