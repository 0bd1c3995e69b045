// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The code of {@code docs/migrating.md}. */
final class FormerSessions {
    private FormerSessions() {}

    /** The session of connect-dynamodb that a cookie of express-session names, as JSON; empty: none, or it is over. */
    static Optional<String> find(DynamoDbClient client, String table, String cookie, String secret)
            throws GeneralSecurityException {
        String value = URLDecoder.decode(cookie, UTF_8); // s:ID.SIGNATURE
        int dot = value.lastIndexOf('.');
        if (!value.startsWith("s:") || dot < 2) {
            return Optional.empty();
        }
        String id = value.substring(2, dot);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
        byte[] signature = Base64.getEncoder().withoutPadding().encode(mac.doFinal(id.getBytes(UTF_8)));
        if (!MessageDigest.isEqual(signature, value.substring(dot + 1).getBytes(UTF_8))) {
            return Optional.empty();
        }
        Map<String, AttributeValue> row = client.getItem(
                        request -> request.tableName(table).key(Map.of("id", AttributeValue.fromS("sess:" + id))))
                .item();
        return row.containsKey("sess")
                        && Long.parseLong(row.get("expires").n())
                                > Instant.now().getEpochSecond()
                ? Optional.of(row.get("sess").s())
                : Optional.empty();
    }
}
