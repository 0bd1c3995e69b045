// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionListener;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.testkit.MovableClock;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.event.ApplicationEventListener;
import io.micronaut.session.event.AbstractSessionEvent;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The life of a session is told")
class EventsTest {
    @Test
    @DisplayName("to listeners of Micronaut's events and to SessionListener beans, once, on the node that caused it")
    void events() {
        String table = App.newTable();
        try (App one = App.start(table, "spec.events", "true");
                App two = App.start(table, "spec.events", "true")) {
            Visitor visitor = one.visitor();
            visitor.text("/shop/empty");
            visitor.text("/shop/put/name/Ada");
            visitor.text("/shop/put/name/Bob");
            visitor.text("/shop/rotate");
            visitor.at(two).text("/shop/delete");
            two.visitor().text("/shop/delete");

            assertThat(log(one))
                    .containsExactlyInAnyOrder("micronaut: SessionCreatedEvent Ada", "core: created", "core: renamed");
            assertThat(log(two)).containsExactlyInAnyOrder("micronaut: SessionDeletedEvent Bob", "core: ended");
        }
    }

    @Test
    @DisplayName("to its end, when a sweep finds it expired: with its attributes, once")
    void expiry() {
        MovableClock clock = new MovableClock();
        String table = App.newTable();
        // DynamoDB tells the time itself, and a sweep refuses a clock that is far ahead of it.
        try (App one =
                App.start(clock, table, "spec.events", "true", "micronaut.session.http.dynamodb.store", "memory")) {
            one.visitor().text("/shop/put/name/Ada");
            log(one).clear();
            clock.advance(Duration.ofDays(2));

            SessionManager manager = one.context().getBean(SessionManager.class);
            assertThat(manager.sweep()).isEqualTo(1);
            assertThat(manager.sweep()).isZero();

            assertThat(log(one)).containsExactly("micronaut: SessionExpiredEvent Ada");
        }
    }

    private static List<String> log(App app) {
        return app.context().getBean(Log.class).lines;
    }

    /** What was told. */
    @Singleton
    @Requires(property = "spec.events")
    static class Log {
        final List<String> lines = new CopyOnWriteArrayList<>();
    }

    /** A listener of the framework's events. */
    @Singleton
    @Requires(property = "spec.events")
    static class FrameworkListener implements ApplicationEventListener<AbstractSessionEvent> {
        private final Log log;

        FrameworkListener(Log log) {
            this.log = log;
        }

        @Override
        public void onApplicationEvent(AbstractSessionEvent event) {
            assertThat(event.getSource().getId()).hasSize(43);
            log.lines.add("micronaut: " + event.getClass().getSimpleName() + " "
                    + event.getSource().get("name", String.class).orElse("none"));
        }
    }

    /** A listener of the engine's events. */
    @Singleton
    @Requires(property = "spec.events")
    static class EngineListener implements SessionListener {
        private final Log log;

        EngineListener(Log log) {
            this.log = log;
        }

        @Override
        public void sessionCreated(Session session) {
            log.lines.add("core: created");
        }

        @Override
        public void sessionIdChanged(Session session, String formerId) {
            log.lines.add("core: renamed");
        }

        @Override
        public void sessionEnded(Session session) {
            log.lines.add("core: ended");
        }
    }
}
