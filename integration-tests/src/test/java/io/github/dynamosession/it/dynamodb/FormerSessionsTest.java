// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static io.github.dynamosession.it.dynamodb.Stores.DIRECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.SessionTable;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@DisplayName("A session of connect-dynamodb, as docs/migrating.md takes it over")
class FormerSessionsTest {
    /** Of cookie-signature's own tests: the id {@code hello}, signed. */
    private static final String COOKIE = "s%3Ahello.DGDUkGlIkCzPz%2BC0B064FNgHdEjox7ch8tOBGslZ5QI";

    private static final String SECRET = "tobiiscool";

    private final String table = "connect-" + UUID.randomUUID();

    /** As connect-dynamodb 3 does. */
    private void stored(long expires) {
        DIRECT.putItem(request -> request.tableName(table)
                .item(Map.of(
                        "id", AttributeValue.fromS("sess:hello"),
                        "expires", AttributeValue.fromN(Long.toString(expires)),
                        "type", AttributeValue.fromS("connect-session"),
                        "sess",
                                AttributeValue.fromS(
                                        "{\"cookie\":{\"originalMaxAge\":60000,\"httpOnly\":true,\"path\":\"/\"},"
                                                + "\"cart\":[\"sku-1\"]}"))));
    }

    @Test
    @DisplayName("is found by its signed cookie as long as it lives; the table can be the same one")
    void found() throws GeneralSecurityException {
        SessionTable.builder(table).build().create(DIRECT);
        assertThat(FormerSessions.find(DIRECT, table, COOKIE, SECRET)).isEmpty();
        long now = Instant.now().getEpochSecond();
        stored(now + 3600);
        assertThat(FormerSessions.find(DIRECT, table, COOKIE, SECRET))
                .hasValueSatisfying(json -> assertThat(json).contains("\"cart\":[\"sku-1\"]"));
        assertThat(FormerSessions.find(DIRECT, table, COOKIE, "another")).isEmpty();
        assertThat(FormerSessions.find(DIRECT, table, COOKIE.replace("hello", "hallo"), SECRET))
                .isEmpty();
        assertThat(FormerSessions.find(DIRECT, table, "s%3A", SECRET)).isEmpty();

        SessionManager sessions = SessionManager.builder(DynamoDbSessionStore.builder()
                        .client(DIRECT)
                        .tableName(table)
                        .build())
                .codec(JsonCodec.builder().build())
                .build();
        assertThat(sessions.open(COOKIE)).as("its ids are none of ours").isEmpty();
        Session session = sessions.newSession();
        session.set("cart", "sku-1");
        sessions.save(session);
        assertThat(sessions.sweep()).as("rows of others are left alone").isZero();
        assertThat(FormerSessions.find(DIRECT, table, COOKIE, SECRET)).isPresent();

        stored(now - 1);
        assertThat(FormerSessions.find(DIRECT, table, COOKIE, SECRET)).isEmpty();
    }
}
