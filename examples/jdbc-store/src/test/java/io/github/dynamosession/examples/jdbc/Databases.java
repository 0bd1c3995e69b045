// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.jdbc;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.support.RowSessionStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import org.h2.jdbcx.JdbcConnectionPool;

/** A database in memory, and stores over it. */
final class Databases {
    private Databases() {}

    static JdbcConnectionPool create(String name) {
        JdbcConnectionPool database = JdbcConnectionPool.create("jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1", "sa", "");
        try (Connection connection = database.getConnection()) {
            connection.createStatement().execute(JdbcRows.TABLE);
            connection.createStatement().execute(JdbcRows.INDEX);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return database;
    }

    static SessionStore store(JdbcConnectionPool database, Clock clock) {
        return RowSessionStore.over(new JdbcRows(database), clock, SessionObserver.NONE);
    }
}
