// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.SessionListener;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.SessionSettings;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.vertx.DynamoSessionHandler;
import io.github.dynamosession.vertx.VertxSessionStore;
import io.quarkus.arc.All;
import io.quarkus.arc.DefaultBean;
import io.quarkus.arc.InjectableBean;
import io.quarkus.arc.InjectableInstance;
import io.smallrye.config.SmallRyeConfig;
import io.vertx.core.Vertx;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.ConfigProvider;

/** The engine, made from Quarkus' configuration and beans. Each part gives way to a bean of the application. */
@Singleton
public class SessionBeans {
    private final SessionSettings settings;

    SessionBeans() {
        this.settings = SettingsOfQuarkus.read(ConfigProvider.getConfig().unwrap(SmallRyeConfig.class));
    }

    @Produces
    @Singleton
    @DefaultBean
    SessionManager manager(
            @Any InjectableInstance<SessionStore> stores,
            @Any InjectableInstance<SessionCodec> codecs,
            @All List<SessionObserver> observers,
            @All List<SessionListener> listeners,
            Instance<Clock> clock,
            Vertx vertx) {
        SessionManager.Builder builder = SessionManager.builder(settings)
                .executor(task -> vertx.executeBlocking(
                        () -> {
                            task.run();
                            return null;
                        },
                        false));
        listeners.forEach(builder::listener);
        applications(stores).ifPresent(builder::store);
        applications(codecs).ifPresent(builder::codec);
        if (clock.isResolvable()) {
            builder.clock(clock.get());
        }
        return builder.build();
    }

    /** The application's own bean, not the one that this class has for want of another. */
    private static <T> Optional<T> applications(InjectableInstance<T> beans) {
        for (Instance.Handle<T> handle : beans.handles()) {
            if (handle.getBean() instanceof InjectableBean<T> bean && !bean.isDefaultBean()) {
                return Optional.of(handle.get());
            }
        }
        return Optional.empty();
    }

    void close(@Disposes SessionManager manager) {
        manager.close();
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
        DynamoSessionHandler handler = DynamoSessionHandler.create(manager).setStoreUser(false);
        settings.text("keep-changes-on-error").map(Boolean::valueOf).ifPresent(handler::setKeepChangesOnError);
        return handler;
    }
}
