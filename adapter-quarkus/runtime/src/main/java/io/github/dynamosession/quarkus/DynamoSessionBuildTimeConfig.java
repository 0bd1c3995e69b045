// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.quarkus.runtime.annotations.ConfigPhase;
import io.quarkus.runtime.annotations.ConfigRoot;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** What is decided when the application is built. */
@ConfigMapping(prefix = "dynamosession")
@ConfigRoot(phase = ConfigPhase.BUILD_AND_RUN_TIME_FIXED)
public interface DynamoSessionBuildTimeConfig {
    /**
     * Whether sessions are kept in DynamoDB. If not, the extension adds nothing to the application.
     *
     * @return true unless set
     */
    @WithDefault("true")
    boolean enabled();

    /**
     * The name of the client bean, if it is not the default one: that of {@code @AmazonClient}, or of
     * {@code @Identifier} without the Amazon Services extension.
     *
     * @return empty if not set
     */
    Optional<String> client();

    /**
     * The health check.
     *
     * @return its settings
     */
    Health health();

    /**
     * The metrics.
     *
     * @return their settings
     */
    Metrics metrics();

    /**
     * The tokens of OpenID Connect.
     *
     * @return their settings
     */
    Oidc oidc();

    /** The tokens of OpenID Connect, with the extension {@code quarkus-oidc}. */
    interface Oidc {
        /**
         * Whether they are kept in the store, unless the application has a {@code TokenStateManager} of its own.
         *
         * @return true unless set
         */
        @WithDefault("true")
        boolean enabled();
    }

    /** The health check, with the extension SmallRye Health. */
    interface Health {
        /**
         * Whether readiness depends on sessions being readable.
         *
         * @return true unless set
         */
        @WithDefault("true")
        boolean enabled();
    }

    /** The metrics, with the extension Micrometer. */
    interface Metrics {
        /**
         * Whether operations and their costs are counted.
         *
         * @return true unless set
         */
        @WithDefault("true")
        boolean enabled();
    }
}
