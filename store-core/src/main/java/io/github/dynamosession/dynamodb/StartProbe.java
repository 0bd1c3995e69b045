// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.AwsServiceClientConfiguration;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;

/** Tries a table by one GetItem: no control plane, and no permission that sessions do not need anyway. */
final class StartProbe {
    /** Of an endpoint that is named, mostly on this machine: whether anybody listens there is known at once. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);

    private final Requests requests;
    private final @Nullable AwsServiceClientConfiguration client;
    private final Duration timeout;

    StartProbe(Requests requests, @Nullable AwsServiceClientConfiguration client, Duration timeout) {
        this.requests = requests;
        this.client = client;
        this.timeout = timeout;
    }

    /** The table, and where it is as far as the client tells. */
    String location() {
        String place = client == null
                ? ""
                : endpoint()
                        .map(uri -> " at " + uri)
                        .orElseGet(() -> client.region() == null ? "" : " in " + client.region());
        return "the DynamoDB table " + requests.table() + place;
    }

    private Optional<URI> endpoint() {
        return client == null ? Optional.empty() : client.endpointOverride();
    }

    CompletionStage<Void> check(SessionKey probe) {
        String refused = endpoint().map(StartProbe::refusal).orElse(null);
        if (refused != null) {
            return Requests.failed(new SessionStoreException(refused, null, false));
        }
        GetItemRequest request = GetItemRequest.builder()
                .tableName(requests.table())
                .key(requests.items().key(probe))
                .overrideConfiguration(AwsRequestOverrideConfiguration.builder()
                        .apiCallTimeout(timeout)
                        .build())
                .build();
        return Requests.then(
                requests.calls().call(DynamoOperation.GET_ITEM, request),
                found -> Requests.<Void>done(null),
                failure -> Requests.failed(requests.errors().translate(failure, "check at the start", false, false)));
    }

    /** The SDK would try again for seconds, and then say that time is up. Behind a proxy only the proxy knows. */
    private static @Nullable String refusal(URI endpoint) {
        if (isBehindProxy()) {
            return null;
        }
        int port = endpoint.getPort() >= 0 ? endpoint.getPort() : "https".equals(endpoint.getScheme()) ? 443 : 80;
        try (Socket socket = new Socket()) {
            InetSocketAddress address = new InetSocketAddress(endpoint.getHost(), port);
            if (address.isUnresolved()) {
                return "the host of the endpoint " + endpoint + " is not known";
            }
            socket.connect(address, (int) CONNECT_TIMEOUT.toMillis());
            return null;
        } catch (IOException e) {
            return "nobody answers at the endpoint " + endpoint + ": " + e.getMessage();
        }
    }

    private static boolean isBehindProxy() {
        return Stream.of("http.proxyHost", "https.proxyHost", "socksProxyHost")
                        .anyMatch(property -> System.getProperty(property) != null)
                || Stream.of("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
                        .anyMatch(variable -> System.getenv(variable) != null);
    }
}
