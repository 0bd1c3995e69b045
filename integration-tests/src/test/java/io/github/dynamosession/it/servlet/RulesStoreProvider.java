// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.ProviderContext;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreProvider;
import io.github.dynamosession.spi.Setting;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The stores of the rules, one for all applications of a server: {@code dynamosession.store=rules}. So
 * the filters are set up by settings alone, and what they do by default is checked, too.
 */
public final class RulesStoreProvider implements SessionStoreProvider {
    static final String NAME = "rules";
    static final String KEY = "rules-store";
    private static final Setting STORE = new Setting(KEY, String.class, "", "the store of a server that runs rules");
    private static final String TABLE = "servlet-rules";
    private static final Map<String, RecordingStore> STORES = new ConcurrentHashMap<>();

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Setting> settings() {
        return List.of(STORE);
    }

    @Override
    public SessionStore create(ProviderContext context) {
        return store(context.text(STORE).orElseThrow());
    }

    static RecordingStore store(String name) {
        return STORES.computeIfAbsent(
                name,
                unknown -> new RecordingStore(
                        name.startsWith(Way.DYNAMODB.name())
                                ? DynamoDbSessionStore.builder()
                                        .client(EmbeddedDynamoDbServer.shared().client())
                                        .tableName(TABLE)
                                        .createTable(true)
                                        .build()
                                : new InMemorySessionStore(Clock.systemUTC())));
    }
}
