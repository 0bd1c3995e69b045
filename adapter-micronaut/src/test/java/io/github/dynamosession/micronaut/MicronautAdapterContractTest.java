// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.testkit.AdapterContract;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.runtime.server.EmbeddedServer;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.session.Session;
import io.micronaut.session.SessionStore;
import io.micronaut.session.http.SessionForRequest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Sessions of Micronaut")
class MicronautAdapterContractTest extends AdapterContract {
    @Override
    protected String cookieName() {
        return "SESSION";
    }

    /** Micronaut's default. */
    @Override
    protected String encoded(String cookieValue) {
        return Base64.getEncoder().encodeToString(cookieValue.getBytes(StandardCharsets.UTF_8));
    }

    /** What changes after the head, changes in a stream: StreamsTest. */
    @Override
    protected boolean canFlush() {
        return false;
    }

    @Override
    protected boolean canMakeAfterEnd() {
        return false;
    }

    @Override
    protected Running start(SessionManager manager, Application application) {
        ApplicationContext context = ApplicationContext.builder(App.properties("unused"))
                .singletons(manager, new Site(application))
                .start();
        EmbeddedServer server = context.getBean(EmbeddedServer.class).start();
        return new Running(URI.create("http://localhost:" + server.getPort()), () -> {
            server.stop();
            context.close();
        });
    }

    record Site(Application application) {}

    @Controller(produces = MediaType.TEXT_PLAIN)
    @Requires(bean = Site.class)
    static class Pages {
        private final Site site;
        private final SessionStore<Session> store;

        Pages(Site site, SessionStore<Session> store) {
            this.site = site;
            this.store = store;
        }

        @Get("/{+path}")
        @ExecuteOn(TaskExecutors.BLOCKING)
        String serve(HttpRequest<?> request, String path) throws Exception {
            return site.application().serve(path, new Seen(request, store));
        }
    }

    private record Seen(HttpRequest<?> request, SessionStore<Session> store) implements Visit {
        private Optional<Session> session() {
            return SessionForRequest.find(request);
        }

        @Override
        public boolean hasSession() {
            return session().isPresent();
        }

        @Override
        public @Nullable String get(String name) {
            return session().flatMap(session -> session.get(name, String.class)).orElse(null);
        }

        @Override
        public void set(String name, String value) {
            SessionForRequest.findOrCreate(request, store).put(name, value);
        }

        @Override
        public void remove(String name) {
            session().orElseThrow().remove(name);
        }

        @Override
        public void changeId() {
            DynamoSessions.changeId(session().orElseThrow());
        }

        @Override
        public void end() {
            DynamoSessions.invalidate(session().orElseThrow());
        }
    }
}
