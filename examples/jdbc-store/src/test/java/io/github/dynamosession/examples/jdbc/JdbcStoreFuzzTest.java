// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.jdbc;

import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.testkit.SessionStoreFuzz;
import java.time.Clock;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The store over JDBC, at random")
class JdbcStoreFuzzTest extends SessionStoreFuzz {
    private static final JdbcConnectionPool DATABASE = Databases.create("fuzz");

    @Override
    protected SessionStore createStore(Clock clock) {
        return Databases.store(DATABASE, clock);
    }
}
