// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.vertx.DynamoSessionHandler;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jboss.resteasy.reactive.common.model.ResourceClass;
import org.jboss.resteasy.reactive.server.core.ResteasyReactiveRequestContext;
import org.jboss.resteasy.reactive.server.model.HandlerChainCustomizer;
import org.jboss.resteasy.reactive.server.model.ServerResourceMethod;
import org.jboss.resteasy.reactive.server.spi.ServerRestHandler;
import org.jboss.resteasy.reactive.server.vertx.VertxResteasyReactiveRequestContext;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * Saves the sessions of REST requests whose client has gone: Quarkus REST then drops what it would answer, so that no
 * head is written and no response ended. The resource goes on until it is done, and that is when the session is saved;
 * that of a stream is when it is cancelled.
 */
public final class UnansweredRequests implements HandlerChainCustomizer {
    /** For Quarkus. */
    public UnansweredRequests() {}

    @Override
    public List<ServerRestHandler> handlers(
            Phase phase, ResourceClass resourceClass, @Nullable ServerResourceMethod resourceMethod) {
        return phase == Phase.AFTER_MATCH ? List.of(new Watch()) : List.of();
    }

    /** In front of each resource method. */
    public static final class Watch implements ServerRestHandler {
        /** For Quarkus. */
        public Watch() {}

        @Override
        public void handle(ResteasyReactiveRequestContext request) {
            RoutingContext routing = ((VertxResteasyReactiveRequestContext) request).getContext();
            if (DynamoSessionHandler.isAround(routing)) {
                Consumer<@Nullable Throwable> end = DynamoSessionHandler.endOf(routing);
                request.registerCompletionCallback(end::accept);
                routing.addEndHandler(over -> {
                    if (isStream(request.getResult())) {
                        // Cancelled, and never completed.
                        end.accept(null);
                    }
                });
            }
        }

        private static boolean isStream(@Nullable Object result) {
            return result instanceof Flow.Publisher || result instanceof Publisher;
        }
    }
}
