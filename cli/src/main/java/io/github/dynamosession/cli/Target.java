// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.dynamodb.SessionTable;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.settings.SettingsReader;
import io.github.dynamosession.spi.SessionObserver;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;

/** Which table is meant: options, then a file, system properties and the environment, as an application reads them. */
final class Target {
    /** An operator waits longer than a request does. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(20);

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = {"-t", "--table"},
            paramLabel = "NAME",
            description = "The table, instead of dynamosession.table-name.")
    private @Nullable String table;

    @Option(names = "--region", paramLabel = "REGION", description = "The region, instead of dynamosession.region.")
    private @Nullable String region;

    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            description = "The endpoint, such as http://localhost:8000 for DynamoDB Local.")
    private @Nullable String endpoint;

    @Option(names = "--namespace", paramLabel = "NAME", description = "The application's namespace.")
    private @Nullable String namespace;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "A file of settings, as dynamosession.properties; beside system properties and environment.")
    private @Nullable Path config;

    private @Nullable SessionSettings settings;
    private volatile @Nullable Duration clockDifference;

    SessionSettings settings() {
        SessionSettings known = settings;
        if (known == null) {
            Map<String, String> options = new HashMap<>();
            put(options, "table-name", table);
            put(options, "region", region);
            put(options, "endpoint", endpoint);
            put(options, "namespace", namespace);
            SessionSettings.Builder builder = SessionSettings.builder().source("option", options, false);
            if (config != null) {
                builder.source("the file " + config, properties(config), false);
            }
            known = builder.build();
            settings = known;
        }
        return known;
    }

    private static void put(Map<String, String> options, String key, @Nullable String value) {
        if (value != null) {
            options.put(key, value);
        }
    }

    private static Map<String, String> properties(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandFailedException("the file " + file + " cannot be read: " + e.getMessage());
        }
        Map<String, String> values = new HashMap<>();
        properties.stringPropertyNames().forEach(name -> values.put(name, properties.getProperty(name)));
        return values;
    }

    String table() {
        return wanted().build().name();
    }

    /** The table as the settings name it. */
    SessionTable.Builder wanted() {
        if (settings().text("table-name").isEmpty() && settings().problems().isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "No table is named: give --table, or set DYNAMOSESSION_TABLE_NAME");
        }
        return read(SessionTable::builder);
    }

    /** Reads settings; what is wrong with any of them is an error. */
    <T> T read(Function<SettingsReader, T> part) {
        List<String> problems = new ArrayList<>(settings().problems());
        T read = part.apply(settings().reader(problems));
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return read;
    }

    String namespace() {
        return settings().text("namespace").orElse("");
    }

    /** What keys of the namespace begin with. */
    String namespacePrefix() {
        return namespace().isEmpty() ? "" : namespace() + ":";
    }

    ItemAttributes attributes() {
        return wanted().build().itemAttributes();
    }

    /** Whether large values go with their session, at once. */
    boolean deletesParts() {
        return settings().settings().stream()
                .filter(setting -> setting.key().equals("delete-parts"))
                .findFirst()
                .flatMap(setting -> read(reader -> reader.flag(setting)))
                .orElse(false);
    }

    /** To be closed. */
    DynamoDbClient client() {
        DynamoDbClientBuilder builder = DynamoDbClient.builder()
                .overrideConfiguration(overrides -> overrides
                        .apiCallTimeout(CALL_TIMEOUT)
                        .addExecutionInterceptor(new ExecutionInterceptor() {
                            @Override
                            public void afterTransmission(
                                    Context.AfterTransmission context, ExecutionAttributes attributes) {
                                context.httpResponse()
                                        .firstMatchingHeader("Date")
                                        .ifPresent(Target.this::noteTime);
                            }
                        }));
        Optional<URI> local = settings().text("endpoint").map(URI::create);
        settings().text("region").map(Region::of).ifPresent(builder::region);
        local.ifPresent(builder::endpointOverride);
        if (local.isPresent() && isThisMachine(local.get())) {
            // DynamoDB Local takes any, and the SDK would look for some for seconds.
            if (System.getenv("AWS_ACCESS_KEY_ID") == null && System.getProperty("aws.accessKeyId") == null) {
                builder.credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")));
            }
            if (settings().text("region").isEmpty() && System.getenv("AWS_REGION") == null) {
                builder.region(Region.US_EAST_1);
            }
        }
        try {
            return builder.build();
        } catch (SdkClientException e) {
            boolean noRegion = String.valueOf(e.getMessage()).startsWith("Unable to load region");
            throw new CommandFailedException(
                    noRegion
                            ? "no region is set, and the SDK finds none: give --region, or set AWS_REGION"
                            : "the AWS client cannot be made: " + e.getMessage());
        }
    }

    private static boolean isThisMachine(URI endpoint) {
        return List.of("localhost", "127.0.0.1", "[::1]").contains(String.valueOf(endpoint.getHost()));
    }

    private void noteTime(String date) {
        try {
            clockDifference = Duration.between(
                    ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant(),
                    Instant.now());
        } catch (DateTimeParseException e) {
            // An endpoint that does not tell the time.
        }
    }

    /** How far this machine's clock is ahead of the database's, as of its last answer. */
    Optional<Duration> clockDifference() {
        return Optional.ofNullable(clockDifference);
    }

    DynamoDbSessionStore store(DynamoDbClient client) {
        return store(client, wanted().build());
    }

    DynamoDbSessionStore store(DynamoDbClient client, SessionTable table) {
        return store(client, table, SessionObserver.NONE);
    }

    DynamoDbSessionStore store(DynamoDbClient client, SessionTable table, SessionObserver observer) {
        DynamoDbSessionStore.Builder builder = DynamoDbSessionStore.builder()
                .client(client)
                .tableName(table.name())
                .itemAttributes(table.itemAttributes())
                .observer(observer)
                .deleteParts(deletesParts());
        table.indexes().forEach(builder::index);
        return builder.build();
    }
}
