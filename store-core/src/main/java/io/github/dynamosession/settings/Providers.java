// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.settings;

import io.github.dynamosession.spi.SessionCodecProvider;
import io.github.dynamosession.spi.SessionStoreProvider;
import java.util.HashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;

/** The stores and codecs that are on the class path. */
public record Providers(List<SessionStoreProvider> stores, List<SessionCodecProvider> codecs, ClassLoader classLoader) {
    Providers(ClassLoader loader) {
        this(load(SessionStoreProvider.class, loader), load(SessionCodecProvider.class, loader), loader);
    }

    Set<String> settings() {
        Set<String> keys = new HashSet<>();
        stores.forEach(provider -> keys.addAll(provider.settings()));
        codecs.forEach(provider -> keys.addAll(provider.settings()));
        return keys;
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
