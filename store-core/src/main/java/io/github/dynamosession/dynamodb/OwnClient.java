// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.SdkHttpService;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;
import software.amazon.awssdk.utils.AttributeMap;

/** Makes the client of a store that was given none, over the HTTP client that is on the class path. */
final class OwnClient {
    /** The share of a call that one attempt may take: a lost packet costs a third of the call, not all of it. */
    private static final int ATTEMPTS = 3;

    private static final Duration SHORTEST_ATTEMPT = Duration.ofSeconds(1);

    /** Which HTTP client the SDK itself takes if there are several; one that it does not know comes last. */
    private static final List<String> ORDER = List.of(
            "software.amazon.awssdk.http.apache5.Apache5SdkHttpService",
            "software.amazon.awssdk.http.apache.ApacheSdkHttpService",
            "software.amazon.awssdk.http.urlconnection.UrlConnectionSdkHttpService",
            "software.amazon.awssdk.http.crt.AwsCrtSdkHttpService");

    private OwnClient() {}

    static DynamoDbClient make(
            @Nullable String region,
            @Nullable URI endpoint,
            @Nullable AwsCredentialsProvider credentials,
            Duration callTimeout,
            int connections) {
        Duration attempt = attempt(callTimeout);
        DynamoDbClientBuilder builder = DynamoDbClient.builder()
                .overrideConfiguration(
                        config -> config.apiCallTimeout(callTimeout).apiCallAttemptTimeout(attempt));
        if (region != null) {
            builder.region(Region.of(region));
        }
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        if (credentials != null) {
            builder.credentialsProvider(credentials);
        }
        // Without one the SDK says best what is missing.
        httpService()
                .ifPresent(service -> builder.httpClientBuilder(new HttpClientBuilder(
                        service.createHttpClientBuilder(),
                        AttributeMap.builder()
                                .put(SdkHttpConfigurationOption.MAX_CONNECTIONS, connections)
                                // Shorter than an attempt: who could not connect has sent nothing, and is told so.
                                .put(
                                        SdkHttpConfigurationOption.CONNECTION_TIMEOUT,
                                        attempt.multipliedBy(3).dividedBy(4))
                                .build())));
        return builder.build();
    }

    private static Duration attempt(Duration callTimeout) {
        Duration share = callTimeout.dividedBy(ATTEMPTS);
        Duration attempt = share.compareTo(SHORTEST_ATTEMPT) < 0 ? SHORTEST_ATTEMPT : share;
        return callTimeout.compareTo(attempt) < 0 ? callTimeout : attempt;
    }

    /** The one that the SDK would take; it only gives no way to configure it. */
    private static Optional<SdkHttpService> httpService() {
        Optional<String> named = SdkSystemSetting.SYNC_HTTP_SERVICE_IMPL.getStringValue();
        return ServiceLoader.load(SdkHttpService.class).stream()
                .filter(found ->
                        named.isEmpty() || named.get().equals(found.type().getName()))
                .min(Comparator.comparingInt(OwnClient::rank))
                .map(ServiceLoader.Provider::get);
    }

    private static int rank(ServiceLoader.Provider<SdkHttpService> service) {
        int rank = ORDER.indexOf(service.type().getName());
        return rank < 0 ? ORDER.size() : rank;
    }

    /**
     * Adds options to those that the SDK gives. A builder and not a finished client, because the SDK closes
     * only what it built.
     */
    private static final class HttpClientBuilder implements SdkHttpClient.Builder<HttpClientBuilder> {
        private final SdkHttpClient.Builder<?> builder;
        private final AttributeMap options;

        HttpClientBuilder(SdkHttpClient.Builder<?> builder, AttributeMap options) {
            this.builder = builder;
            this.options = options;
        }

        @Override
        public SdkHttpClient buildWithDefaults(AttributeMap defaults) {
            return builder.buildWithDefaults(options.merge(defaults));
        }
    }
}
