// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.jdbc;

import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.testkit.IndexedSessionStoreContract;
import java.time.Clock;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The index of the store over JDBC")
class JdbcIndexContractTest extends IndexedSessionStoreContract {
    private static final JdbcConnectionPool DATABASE = Databases.create("index");

    @Override
    protected IndexedSessionStore createStore(Clock clock) {
        return (IndexedSessionStore) Databases.store(DATABASE, clock);
    }
}
