// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionListener;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionPaths;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.vertx.DynamoSessionHandler;
import io.github.dynamosession.vertx.VertxSessionStore;
import io.quarkus.arc.All;
import io.quarkus.arc.DefaultBean;
import io.quarkus.arc.InjectableInstance;
import io.quarkus.arc.InstanceHandle;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.config.SmallRyeConfig;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.RequestScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.ConfigProvider;

/** The engine, made from Quarkus' configuration and beans. Each part gives way to a bean of the application. */
@Singleton
public class QuarkusSessionBeans {
    private final SmallRyeConfig config;
    private final SessionSettings settings;

    QuarkusSessionBeans(ClientBean client, DynamoSessionBuildTimeConfig built) {
        this.config = ConfigProvider.getConfig().unwrap(SmallRyeConfig.class);
        SessionSettings.Builder builder = SettingsOfQuarkus.read(config);
        if (!client.handTo(builder) && built.client().isPresent()) {
            throw new ConfigurationException(List.of(SessionSettings.PREFIX + "client names no DynamoDB client bean"));
        }
        this.settings = builder.build();
    }

    /** What the application says in its configuration. */
    SessionSettings settings() {
        return settings;
    }

    /** At run time: during static initialization, of which an image is made, there is no {@code Vertx}. */
    @Produces
    @Singleton
    @DefaultBean
    SessionManager manager(
            InjectableInstance<SessionStore> stores,
            InjectableInstance<SessionCodec> codecs,
            @All List<SessionObserver> observers,
            @All List<SessionListener> listeners,
            InjectableInstance<Clock> clocks,
            Vertx vertx) {
        SessionManager.Builder builder = DynamoSessionHandler.prepare(SessionManager.builder(settings), vertx)
                .usedBy("Quarkus", settings.text("cookie.name").orElseGet(ServletRequests::cookie));
        builder.observer(SessionObserver.all(observers));
        listeners.forEach(builder::listener);
        Optional<Clock> clock = applications(Clock.class, clocks);
        clock.ifPresent(builder::clock);
        applications(SessionStore.class, stores)
                .or(() -> DevelopmentStore.instead(
                        settings, config, clock.orElseGet(Clock::systemUTC), SessionObserver.all(observers)))
                .ifPresent(builder::store);
        applications(SessionCodec.class, codecs).ifPresent(builder::codec);
        return builder.build();
    }

    /** The application's own bean, not the one that this class has for want of another. */
    private static <T> Optional<T> applications(Class<T> type, InjectableInstance<T> beans) {
        if (beans.isAmbiguous()) {
            String all = beans.handlesStream()
                    .map(handle -> handle.getBean().toString())
                    .sorted()
                    .collect(Collectors.joining(", "));
            throw new ConfigurationException(
                    List.of(
                            "there are several " + type.getSimpleName() + " beans: " + all
                                    + "; give those that are not for sessions a qualifier, or the other one @Alternative and @Priority"));
        }
        return beans.handlesStream()
                .filter(handle -> !handle.getBean().isDefaultBean())
                .map(InstanceHandle::get)
                .findFirst();
    }

    void close(@Disposes SessionManager manager) {
        manager.close();
        DevelopmentStore.forget();
    }

    @Produces
    @Singleton
    @DefaultBean
    SessionStore store(SessionManager manager) {
        return manager.store();
    }

    @Produces
    @Singleton
    @DefaultBean
    SessionCodec codec(SessionManager manager) {
        return manager.codec();
    }

    @Produces
    @Singleton
    @DefaultBean
    io.vertx.ext.web.sstore.SessionStore vertxStore(Vertx vertx, SessionManager manager) {
        return VertxSessionStore.create(vertx, manager);
    }

    @Produces
    @Singleton
    @DefaultBean
    DynamoSessionHandler handler(SessionManager manager) {
        return DynamoSessionHandler.create(manager);
    }

    /**
     * Applies the settings, also to a handler of the application, which keeps what they leave out. Users are
     * Quarkus' in any case: it takes one that came from a session for its own. So is the flow of requests, which
     * authentication may have to hold longer.
     */
    void setUp(DynamoSessionHandler handler) {
        handler.setStoreUser(false).setPauseRequests(false).setCookie(settings.cookie());
        if (settings.text("keep-changes-on-error").isPresent()) {
            handler.setKeepChangesOnError(flag("keep-changes-on-error", true));
        }
        SessionPaths paths = settings.paths();
        if (paths != SessionPaths.ALL) {
            handler.setPaths(paths::matches);
        }
    }

    /** The session of the request that is being served. Outside of one, or on a path without sessions, an error. */
    @Produces
    @RequestScoped
    @DefaultBean
    Session session(CurrentVertxRequest request) {
        Optional<Session> servlets = ServletRequests.session();
        if (servlets.isPresent()) {
            return servlets.get();
        }
        RoutingContext routing = request.getCurrent();
        if (routing == null) {
            throw new IllegalStateException("a session belongs to an HTTP request, and none is being served here");
        }
        if (!DynamoSessionHandler.isAround(routing)) {
            throw new IllegalStateException("this path has no sessions: it is below"
                    + " quarkus.http.non-application-root-path, that of a static resource (see"
                    + " dynamosession.read-for-static-resources), of a servlet, or of the management interface");
        }
        return DynamoSessionHandler.session(routing);
    }

    boolean readsForFiles() {
        return flag("read-for-static-resources", false);
    }

    /** Empty if servlets are to decide by themselves. */
    Optional<Boolean> urlTracking() {
        return settings.text("url-tracking").map(text -> flag("url-tracking", false));
    }

    private boolean flag(String key, boolean otherwise) {
        String text = settings.text(key).orElse(String.valueOf(otherwise));
        if (!text.equals("true") && !text.equals("false")) {
            throw new ConfigurationException(List.of(SessionSettings.PREFIX + key + " must be true or false"));
        }
        return Boolean.parseBoolean(text);
    }
}
