// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.Set;

/**
 * Makes a codec from settings; found by {@link java.util.ServiceLoader} and chosen by the setting
 * {@code dynamosession.codec}, or without it if it is the only one.
 */
public interface SessionCodecProvider {
    /**
     * The value of {@code dynamosession.codec} that chooses this provider.
     *
     * @return a kebab-case name
     */
    String name();

    /**
     * The settings that this provider reads, without the prefix {@code dynamosession.}.
     *
     * @return kebab-case keys
     */
    Set<String> settings();

    /**
     * Makes the codec. Problems with settings are reported to the context, all of them.
     *
     * @param context the settings
     * @return the codec
     */
    SessionCodec create(ProviderContext context);
}
