// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.spi.SessionCodecProvider;
import io.github.dynamosession.spi.SessionStoreProvider;
import io.quarkus.deployment.annotations.BuildProducer;
import io.quarkus.deployment.annotations.BuildStep;
import io.quarkus.deployment.annotations.BuildSteps;
import io.quarkus.deployment.builditem.ExtensionSslNativeSupportBuildItem;
import io.quarkus.deployment.builditem.nativeimage.NativeImageResourceBuildItem;
import io.quarkus.deployment.builditem.nativeimage.RuntimeInitializedClassBuildItem;
import io.quarkus.deployment.builditem.nativeimage.ServiceProviderBuildItem;
import java.util.List;

/** What a native image has to know of the library, and of the client that the store makes by itself. */
@BuildSteps(onlyIf = DynamoSessionProcessor.Enabled.class)
final class NativeImageProcessor {
    /** What holds randomness: drawn at build time, it would be the same in every process of the image. */
    static final List<String> SEEDED_AT_RUN_TIME = List.of(
            "io.github.dynamosession.crypto.Encryption$Randomness",
            "io.github.dynamosession.engine.SessionIds$Randomness",
            "io.github.dynamosession.spi.Token$Randomness");

    /** Two classes of the SDK that hold a {@code Random}. */
    private static final List<String> RANDOM_OF_SDK = List.of(
            "software.amazon.awssdk.core.retry.backoff.FullJitterBackoffStrategy",
            "software.amazon.awssdk.utils.cache.CachedSupplier");

    private static final List<String> SERVICES = List.of(
            SessionStoreProvider.class.getName(),
            SessionCodecProvider.class.getName(),
            "software.amazon.awssdk.http.SdkHttpService");

    @BuildStep
    void services(BuildProducer<ServiceProviderBuildItem> providers) {
        SERVICES.forEach(service -> providers.produce(ServiceProviderBuildItem.allProvidersFromClassPath(service)));
    }

    @BuildStep
    void randomness(BuildProducer<RuntimeInitializedClassBuildItem> classes) {
        SEEDED_AT_RUN_TIME.forEach(name -> classes.produce(new RuntimeInitializedClassBuildItem(name)));
        RANDOM_OF_SDK.forEach(name -> classes.produce(new RuntimeInitializedClassBuildItem(name)));
    }

    @BuildStep
    NativeImageResourceBuildItem settings() {
        return new NativeImageResourceBuildItem("dynamosession.properties");
    }

    @BuildStep
    ExtensionSslNativeSupportBuildItem tls() {
        return new ExtensionSslNativeSupportBuildItem("dynamosession");
    }
}
