// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.List;

/**
 * Makes a codec from settings; found by {@link java.util.ServiceLoader} and chosen by the setting
 * {@code dynamosession.codec}, or without it if it is the only one that may be {@linkplain #isChosenByDefault() chosen so}.
 */
public interface SessionCodecProvider {
    /**
     * The value of {@code dynamosession.codec} that chooses this provider.
     *
     * @return a kebab-case name
     */
    String name();

    /**
     * The settings that this provider reads.
     *
     * @return in the order of the documentation
     */
    List<Setting> settings();

    /**
     * Whether settings that name no codec may choose this one, if no other is there.
     *
     * @return true unless overridden; false for a codec that has to be asked for
     */
    default boolean isChosenByDefault() {
        return true;
    }

    /**
     * Makes the codec. Problems with settings are reported to the context, all of them.
     *
     * @param context the settings
     * @return the codec
     */
    SessionCodec create(ProviderContext context);
}
