// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.settings;

import io.github.dynamosession.spi.SessionCodecProvider;
import io.github.dynamosession.spi.SessionStoreProvider;
import io.github.dynamosession.spi.Setting;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** The stores and codecs that are on the class path. */
public record Providers(List<SessionStoreProvider> stores, List<SessionCodecProvider> codecs, ClassLoader classLoader) {
    Providers(ClassLoader loader) {
        this(load(SessionStoreProvider.class, loader), load(SessionCodecProvider.class, loader), loader);
    }

    /** Two codecs may read the same setting. */
    List<Setting> settings() {
        return Stream.concat(
                        stores.stream().flatMap(provider -> provider.settings().stream()),
                        codecs.stream()
                                .flatMap(provider -> provider.settings().stream())
                                .sorted(Comparator.comparing(Setting::key)))
                .distinct()
                .toList();
    }

    private static <P> List<P> load(Class<P> type, ClassLoader loader) {
        List<P> found = ServiceLoader.load(type, loader).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        // A context class loader that does not see this library, as on a thread of the JVM's own pools.
        return found.isEmpty()
                ? ServiceLoader.load(type, Providers.class.getClassLoader()).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList()
                : found;
    }
}
