// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a provider is given: its settings, and what else it may need. A getter that meets a malformed value reports the problem by itself
 * and answers as if the setting were absent.
 */
public interface ProviderContext {
    /**
     * A setting's text.
     *
     * @param setting one that the provider announced
     * @return empty if it is not set, or set to nothing but white space
     */
    Optional<String> text(Setting setting);

    /**
     * A duration: {@code 30m}, {@code PT30M}, or a number of seconds.
     *
     * @param setting one that the provider announced
     * @return empty if it is not set
     */
    Optional<Duration> duration(Setting setting);

    /**
     * A switch: {@code true} or {@code false}.
     *
     * @param setting one that the provider announced
     * @return empty if it is not set
     */
    Optional<Boolean> flag(Setting setting);

    /**
     * A URI.
     *
     * @param setting one that the provider announced
     * @return empty if it is not set
     */
    Optional<URI> uri(Setting setting);

    /**
     * One constant of an enum, written in kebab-case.
     *
     * @param setting one that the provider announced
     * @param type the enum
     * @param <E> the enum
     * @return empty if it is not set
     */
    <E extends Enum<E>> Optional<E> choice(Setting setting, Class<E> type);

    /**
     * A list, written with commas.
     *
     * @param setting one that the provider announced
     * @return empty if it is not set; elements trimmed, empty ones left out
     */
    List<String> list(Setting setting);

    /**
     * An object of the application that an adapter handed over, such as a client to use. It stays the
     * application's: what the provider makes must not close it.
     *
     * @param type the type by which it was handed over, exactly
     * @param <T> the type
     * @return empty if there is none; always, unless a context says otherwise
     */
    default <T> Optional<T> resource(Class<T> type) {
        return Optional.empty();
    }

    /**
     * Reports a problem; all problems of all providers are thrown together.
     *
     * @param setting the setting to blame
     * @param problem what is wrong and what to do, without the setting's value if that is a secret
     */
    void problem(Setting setting, String problem);

    /**
     * A setting's name in messages, as whoever reads them writes it: in Micronaut it has another prefix.
     *
     * @param setting one that the provider announced
     * @return the key with its prefix
     */
    default String name(Setting setting) {
        return "dynamosession." + setting.key();
    }

    /**
     * The clock to decide expiry by.
     *
     * @return the system's clock unless the application set another
     */
    Clock clock();

    /**
     * The observer that a store notifies of its operations.
     *
     * @return {@link SessionObserver#NONE} unless the application set one
     */
    SessionObserver observer();

    /**
     * The application's class loader, for types that settings name.
     *
     * @return the class loader
     */
    ClassLoader classLoader();
}
