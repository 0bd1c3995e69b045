// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Reads an item from DynamoDB's own JSON, of which golden files need objects and strings only. */
final class DynamoDbJson {
    private final String text;
    private int at;

    private DynamoDbJson(String text) {
        this.text = text;
    }

    static Map<String, AttributeValue> golden(String name) {
        try (InputStream in = DynamoDbJson.class.getResourceAsStream("/golden/" + name + ".json")) {
            return new DynamoDbJson(new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8))
                    .item();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, AttributeValue> item() {
        Map<String, AttributeValue> item = new LinkedHashMap<>();
        expect('{');
        while (peek() != '}') {
            String name = string();
            expect(':');
            item.put(name, value());
            if (peek() == ',') {
                expect(',');
            }
        }
        expect('}');
        return item;
    }

    private AttributeValue value() {
        expect('{');
        String type = string();
        expect(':');
        AttributeValue value = switch (type) {
            case "S" -> AttributeValue.fromS(string());
            case "N" -> AttributeValue.fromN(string());
            case "B" ->
                AttributeValue.fromB(SdkBytes.fromByteArray(Base64.getDecoder().decode(string())));
            case "M" -> AttributeValue.fromM(item());
            default -> throw new IllegalArgumentException(type);
        };
        expect('}');
        return value;
    }

    private String string() {
        expect('"');
        StringBuilder string = new StringBuilder();
        while (text.charAt(at) != '"') {
            char c = text.charAt(at++);
            if (c == '\\') {
                char escaped = text.charAt(at++);
                if (escaped == 'u') {
                    c = (char) Integer.parseInt(text.substring(at, at + 4), 16);
                    at += 4;
                } else {
                    c = escaped;
                }
            }
            string.append(c);
        }
        at++;
        return string.toString();
    }

    private char peek() {
        while (Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return text.charAt(at);
    }

    private void expect(char c) {
        if (peek() != c) {
            throw new IllegalArgumentException("expected " + c + " at " + at);
        }
        at++;
    }
}
