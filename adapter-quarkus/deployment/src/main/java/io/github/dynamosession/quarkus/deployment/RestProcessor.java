// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.quarkus.SessionFailureMapper;
import io.github.dynamosession.quarkus.UnansweredRequests;
import io.github.dynamosession.spi.SessionException;
import io.quarkus.deployment.Capabilities;
import io.quarkus.deployment.Capability;
import io.quarkus.deployment.annotations.BuildProducer;
import io.quarkus.deployment.annotations.BuildStep;
import io.quarkus.deployment.annotations.BuildSteps;
import io.quarkus.resteasy.reactive.server.spi.GlobalHandlerCustomizerBuildItem;
import io.quarkus.resteasy.reactive.spi.ExceptionMapperBuildItem;
import jakarta.ws.rs.Priorities;

/** What REST resources see of sessions that fail, and sessions of resources whose client has gone. */
@BuildSteps(onlyIf = DynamoSessionProcessor.Enabled.class)
final class RestProcessor {
    /** Behind the application's own mapper of the same exception. */
    private static final int PRIORITY = Priorities.USER + 1;

    @BuildStep
    void rest(
            Capabilities capabilities,
            BuildProducer<ExceptionMapperBuildItem> mappers,
            BuildProducer<GlobalHandlerCustomizerBuildItem> customizers) {
        if (capabilities.isMissing(Capability.RESTEASY_REACTIVE)) {
            return;
        }
        mappers.produce(new ExceptionMapperBuildItem(
                SessionFailureMapper.class.getName(), SessionException.class.getName(), PRIORITY, true));
        customizers.produce(new GlobalHandlerCustomizerBuildItem(new UnansweredRequests()));
    }
}
