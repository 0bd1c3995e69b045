// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(MemoryTest.Memory.class)
class MemoryTest extends VisitsTests {
    public static class Memory implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("dynamosession.store", "memory");
        }
    }

    @Test
    @DisplayName("store=memory keeps sessions in memory")
    void memory() {
        assertThat(store()).isInstanceOf(InMemorySessionStore.class);
    }
}
