// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionListener;
import io.micronaut.context.BeanContext;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.session.event.SessionCreatedEvent;
import io.micronaut.session.event.SessionDeletedEvent;
import io.micronaut.session.event.SessionExpiredEvent;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Publishes the engine's events as the framework's. */
@Singleton
final class MicronautSessionEvents implements SessionListener {
    private final BeanContext context;
    private final ConversionService conversions;
    private final @Nullable StorableForm storableForm;

    MicronautSessionEvents(BeanContext context, ConversionService conversions, Optional<StorableForm> storableForm) {
        this.context = context;
        this.conversions = conversions;
        this.storableForm = storableForm.orElse(null);
    }

    @Override
    public void sessionCreated(Session session) {
        context.publishEvent(new SessionCreatedEvent(told(session, false)));
    }

    @Override
    public void sessionEnded(Session session) {
        context.publishEvent(new SessionDeletedEvent(told(session, false)));
    }

    @Override
    public void sessionExpired(Session session) {
        context.publishEvent(new SessionExpiredEvent(told(session, true)));
    }

    private MicronautSession told(Session session, boolean expired) {
        return MicronautSession.told(session, conversions, storableForm, expired);
    }
}
