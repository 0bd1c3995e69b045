// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.jdbc;

import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.testkit.SessionStoreContract;
import java.time.Clock;
import java.util.Optional;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The store over JDBC")
class JdbcStoreContractTest extends SessionStoreContract {
    private static final JdbcConnectionPool DATABASE = Databases.create("contract");

    @Override
    protected SessionStore createStore(Clock clock) {
        return Databases.store(DATABASE, clock);
    }

    @Override
    protected Optional<SessionStore> createUnreachableStore(Clock clock) {
        JdbcConnectionPool closed = JdbcConnectionPool.create("jdbc:h2:mem:closed", "sa", "");
        closed.dispose();
        return Optional.of(Databases.store(closed, clock));
    }
}
