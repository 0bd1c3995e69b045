// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.quarkus.runtime.annotations.StaticInitSafe;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.SmallRyeConfigBuilderCustomizer;

/**
 * Lets the engine judge which settings exist: it knows those of plugged-in codecs and stores, and names
 * the nearest known one. Quarkus would refuse what no interface of configuration mentions, and at build
 * time even what only the one for run time does.
 */
@StaticInitSafe
public final class SettingsAreTheEngines implements SmallRyeConfigBuilderCustomizer {
    /** For {@link java.util.ServiceLoader}. */
    public SettingsAreTheEngines() {}

    @Override
    public void configBuilder(SmallRyeConfigBuilder builder) {
        builder.withMappingIgnore("dynamosession.**");
    }
}
