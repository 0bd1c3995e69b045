// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.quarkus.test.QuarkusUnitTest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Static initialization, of which an image is made,")
class StaticInitTest {
    @ApplicationScoped
    static class Early {
        static String said = "";

        @Inject
        Instance<SessionManager> sessions;

        void made(@Observes @Initialized(ApplicationScoped.class) Object event) {
            try {
                said = sessions.get().report();
            } catch (RuntimeException e) {
                said = String.valueOf(e.getMessage());
            }
        }
    }

    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClass(Early.class))
            .overrideConfigKey("dynamosession.store", "memory");

    @Inject
    SessionManager sessions;

    @Test
    @DisplayName("makes no sessions, so that it connects to nothing; the start does")
    void makesNone() {
        assertThat(Early.said).contains("must not be accessed during STATIC_INIT");
        assertThat(sessions.report()).contains(" by Quarkus with the cookie vertx-web.session; ");
    }
}
