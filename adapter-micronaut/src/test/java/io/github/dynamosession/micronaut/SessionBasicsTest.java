// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.session.SessionStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A Micronaut application with sessions in DynamoDB")
class SessionBasicsTest {
    private static final String TABLE = App.newTable();
    private static App app = App.start(TABLE);

    @BeforeAll
    static void nothingYet() {
        app.operations();
    }

    @AfterAll
    static void stop() {
        app.close();
    }

    @Test
    @DisplayName("gets our store where it asks for Micronaut's")
    void replacesTheStoreInMemory() {
        assertThat(app.context().getBean(SessionStore.class)).isInstanceOf(MicronautSessionStore.class);
    }

    @Test
    @DisplayName("finds in one request what another one put")
    void keepsAttributes() {
        Visitor visitor = app.visitor();

        assertThat(visitor.text("/shop/get/name")).isEqualTo("none");
        visitor.text("/shop/put/name/Ada");

        assertThat(visitor.text("/shop/get/name")).isEqualTo("Ada");
    }
}
