// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.jdbc;

import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.support.BlockingRows;
import io.github.dynamosession.support.Content;
import io.github.dynamosession.support.IndexedRows;
import io.github.dynamosession.support.Row;
import io.github.dynamosession.support.RowPage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Sessions in the table {@code sessions}. Each operation is one statement in a transaction of its own; an {@code UPDATE}
 * with the stamp in its condition is the compare-and-set.
 *
 * <p>Rows whose {@code purge_after} has come may be deleted by a job of the database; nothing else needs one.
 */
public final class JdbcRows extends BlockingRows implements IndexedRows {
    /** The table, in the SQL of H2 and PostgreSQL ({@code BYTEA} there). */
    public static final String TABLE = "CREATE TABLE IF NOT EXISTS sessions (id VARCHAR(512) PRIMARY KEY,"
            + " stamp VARBINARY(64) NOT NULL, content BLOB NOT NULL, purge_after TIMESTAMP WITH TIME ZONE,"
            + " username VARCHAR(2048), created_at BIGINT)";

    /** The index by which the sessions of a user are found. */
    public static final String INDEX =
            "CREATE INDEX IF NOT EXISTS sessions_of_user ON sessions (username, created_at, id)";

    /** The custom attribute that the column {@code username} holds. */
    private static final String INDEXED = "user";

    private static final String COLUMNS = "SELECT id, stamp, content, purge_after FROM sessions";

    private final DataSource database;

    /**
     * Rows in a database.
     *
     * @param database connections that commit each statement by themselves; not closed with the store
     */
    public JdbcRows(DataSource database) {
        this.database = database;
    }

    @Override
    protected Optional<Row> read(SessionKey key) throws SQLException {
        return query(COLUMNS + " WHERE id = ?", key.value()).stream().findFirst();
    }

    @Override
    protected boolean insert(Row row) throws SQLException {
        return execute(
                "INSERT INTO sessions (id, stamp, content, purge_after, username, created_at) SELECT ?, ?, ?, ?, ?, ?"
                        + " WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE id = ?)",
                row.key().value(),
                row.stamp().bytes(),
                row.content().toBytes(),
                timestamp(row.purgeAfter()),
                row.indexed(INDEXED).orElse(null),
                createdAt(row),
                row.key().value());
    }

    @Override
    protected boolean update(Row seen, Row next) throws SQLException {
        return execute(
                "UPDATE sessions SET stamp = ?, content = ?, purge_after = ?, username = ?, created_at = ?"
                        + " WHERE id = ? AND stamp = ?",
                next.stamp().bytes(),
                next.content().toBytes(),
                timestamp(next.purgeAfter()),
                next.indexed(INDEXED).orElse(null),
                createdAt(next),
                seen.key().value(),
                seen.stamp().bytes());
    }

    @Override
    protected boolean delete(Row seen) throws SQLException {
        return execute(
                "DELETE FROM sessions WHERE id = ? AND stamp = ?",
                seen.key().value(),
                seen.stamp().bytes());
    }

    @Override
    public CompletionStage<RowPage> scan(@Nullable String position, int limit) {
        return completed(() -> {
            List<Row> rows = query(
                    COLUMNS + " WHERE id > ? ORDER BY id FETCH FIRST ? ROWS ONLY",
                    position == null ? "" : position,
                    limit);
            return new RowPage(
                    rows,
                    rows.size() < limit
                            ? Optional.empty()
                            : Optional.of(rows.get(rows.size() - 1).key().value()));
        });
    }

    @Override
    public Optional<IndexType> index(String attribute) {
        return attribute.equals(INDEXED) ? Optional.of(IndexType.TEXT) : Optional.empty();
    }

    /** A position is the creation and the key of the last row of the page before. */
    @Override
    public CompletionStage<RowPage> select(String attribute, String value, @Nullable String position, int limit) {
        return completed(() -> {
            String after = position == null ? Long.MIN_VALUE + ":" : position;
            int end = after.indexOf(':');
            long created = Long.parseLong(after, 0, end, 10);
            String key = after.substring(end + 1);
            List<Row> rows = query(
                    COLUMNS + " WHERE username = ? AND (created_at > ? OR created_at = ? AND id > ?)"
                            + " ORDER BY created_at, id FETCH FIRST ? ROWS ONLY",
                    value,
                    created,
                    created,
                    key,
                    limit);
            if (rows.size() < limit) {
                return new RowPage(rows, Optional.empty());
            }
            Row last = rows.get(limit - 1);
            return new RowPage(
                    rows, Optional.of(createdAt(last) + ":" + last.key().value()));
        });
    }

    private static @Nullable Long createdAt(Row row) {
        return row.createdAt().map(Instant::toEpochMilli).orElse(null);
    }

    @Override
    public void close() {}

    private boolean execute(String sql, @Nullable Object... parameters) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = prepared(connection, sql, parameters)) {
            return statement.executeUpdate() == 1;
        } catch (SQLException failure) {
            if (failure.getSQLState() != null && failure.getSQLState().startsWith(CONSTRAINT_VIOLATED)) {
                return false;
            }
            throw failure;
        }
    }

    /** SQL standard, class 23: two inserts of one key at once. */
    private static final String CONSTRAINT_VIOLATED = "23";

    private List<Row> query(String sql, Object... parameters) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = prepared(connection, sql, parameters);
                ResultSet found = statement.executeQuery()) {
            List<Row> rows = new ArrayList<>();
            while (found.next()) {
                Timestamp purgeAfter = found.getTimestamp("purge_after");
                rows.add(new Row(
                        SessionKey.of(found.getString("id")),
                        Token.of(found.getBytes("stamp")),
                        Content.of(found.getBytes("content")),
                        purgeAfter == null ? null : purgeAfter.toInstant()));
            }
            return rows;
        }
    }

    private static PreparedStatement prepared(Connection connection, String sql, @Nullable Object... parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    private static @Nullable Timestamp timestamp(@Nullable Instant instant) {
        return instant == null ? null : Timestamp.from(instant);
    }
}
