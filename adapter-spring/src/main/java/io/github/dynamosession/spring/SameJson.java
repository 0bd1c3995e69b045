// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whether two JSON texts say the same: members and the elements of sets come in any order. */
final class SameJson {
    private static final Set<String> SETS =
            Set.of("java.util.HashSet", "java.util.LinkedHashSet", "java.util.Collections$UnmodifiableSet");

    /** Exact, where a tree of doubles would be blind. */
    private static final JsonMapper EXACT = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private SameJson() {}

    static boolean of(byte[] a, byte[] b) {
        return of(EXACT.readTree(a), EXACT.readTree(b));
    }

    private static boolean of(JsonNode a, JsonNode b) {
        if (a.isObject() && b.isObject()) {
            return a.size() == b.size()
                    && a.propertyStream().allMatch(member -> {
                        JsonNode other = b.get(member.getKey());
                        return other != null && of(member.getValue(), other);
                    });
        }
        if (a.isArray() && b.isArray() && a.size() == b.size()) {
            if (isSet(a) && isSet(b)) {
                return a.get(0).equals(b.get(0)) && sameElements(a.get(1), b.get(1));
            }
            for (int i = 0; i < a.size(); i++) {
                if (!of(a.get(i), b.get(i))) {
                    return false;
                }
            }
            return true;
        }
        return a.equals(b);
    }

    /** As Jackson writes it: the class, then the elements. */
    private static boolean isSet(JsonNode node) {
        return node.size() == 2
                && node.get(0).isString()
                && SETS.contains(node.get(0).stringValue());
    }

    private static boolean sameElements(JsonNode a, JsonNode b) {
        List<JsonNode> left = new ArrayList<>();
        b.forEach(left::add);
        for (JsonNode element : a) {
            int i = 0;
            while (i < left.size() && !of(element, left.get(i))) {
                i++;
            }
            if (i == left.size()) {
                return false;
            }
            left.remove(i);
        }
        return left.isEmpty();
    }
}
