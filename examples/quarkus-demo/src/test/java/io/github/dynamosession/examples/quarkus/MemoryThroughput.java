// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;

@QuarkusTest
@TestProfile(MemoryThroughput.Memory.class)
class MemoryThroughput extends Throughput {
    public static class Memory implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("dynamosession.store", "memory", "quarkus.arc.exclude-types", Cost.class.getName());
        }
    }
}
