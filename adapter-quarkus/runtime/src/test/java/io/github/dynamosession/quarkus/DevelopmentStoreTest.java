// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.arc.InjectableBean.Kind;
import io.quarkus.runtime.LaunchMode;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The store in memory stands in for DynamoDB")
class DevelopmentStoreTest {
    private static final String AMAZON_REGION = "aws.region";

    @ParameterizedTest
    @EnumSource
    @DisplayName("in development and tests only, whatever else there is")
    void modes(LaunchMode mode) {
        boolean expected = mode == LaunchMode.DEVELOPMENT || mode == LaunchMode.TEST;
        assertThat(wanted(mode, Set.of(), List.of())).isEqualTo(expected);
    }

    @Test
    @DisplayName("although there is the name of a table")
    void table() {
        assertThat(wanted(LaunchMode.DEVELOPMENT, Set.of("table-name", "create-table", "codec"), List.of()))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"region", "endpoint", "store"})
    @DisplayName("but not if a setting says which DynamoDB, or which store")
    void configured(String key) {
        assertThat(wanted(LaunchMode.DEVELOPMENT, Set.of(key), List.of())).isFalse();
    }

    @Test
    @DisplayName("but not if the application makes a client")
    void applicationsClient() {
        assertThat(wanted(LaunchMode.TEST, Set.of(), List.of(Kind.PRODUCER_METHOD)))
                .isFalse();
        assertThat(wanted(LaunchMode.TEST, Set.of(), List.of(Kind.SYNTHETIC, Kind.PRODUCER_FIELD)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {AMAZON_REGION, "endpoint-override"})
    @DisplayName("but not if the Amazon Services extension makes one that was told where to")
    void amazonsClient(String key) {
        assertThat(wanted(LaunchMode.TEST, Set.of(), List.of(Kind.SYNTHETIC))).isTrue();
        assertThat(wanted(LaunchMode.TEST, Set.of(key), List.of(Kind.SYNTHETIC)))
                .isFalse();
    }

    @Test
    @DisplayName("although the extension's settings are there, if the extension is not")
    void noExtension() {
        assertThat(wanted(LaunchMode.TEST, Set.of(AMAZON_REGION), List.of())).isTrue();
    }

    private static boolean wanted(LaunchMode mode, Set<String> set, List<Kind> clients) {
        return DevelopmentStore.isWanted(mode, set::contains, set::contains, clients);
    }
}
