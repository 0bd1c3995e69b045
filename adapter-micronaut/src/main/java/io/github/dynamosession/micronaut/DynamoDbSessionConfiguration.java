// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.Concurrency;
import io.github.dynamosession.UnavailablePolicy;
import io.github.dynamosession.UnreadablePolicy;
import io.github.dynamosession.dynamodb.ReadConsistency;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.convert.format.MapFormat;
import io.micronaut.core.util.Toggleable;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings {@code micronaut.session.http.dynamodb.*}, named as everywhere in DynamoSession. What the
 * framework has a setting for keeps that one: {@code micronaut.session.max-inactive-interval},
 * {@code micronaut.session.http.cookie-name} and so on.
 */
@ConfigurationProperties(DynamoDbSessionConfiguration.PREFIX)
public class DynamoDbSessionConfiguration implements Toggleable {
    /** What every key starts with. */
    public static final String PREFIX = "micronaut.session.http.dynamodb";

    private boolean enabled;
    private @Nullable String tableName;
    private @Nullable String client;
    private @Nullable String region;
    private @Nullable URI endpoint;
    private @Nullable Duration callTimeout;
    private @Nullable Integer maxConnections;
    private @Nullable ReadConsistency readConsistency;
    private @Nullable Boolean createTable;
    private @Nullable String store;
    private @Nullable String codec;
    private @Nullable String fallbackCodec;
    private @Nullable List<String> requiredAttributes;
    private @Nullable List<String> readableCodecs;
    private @Nullable List<String> allowedTypes;
    private @Nullable String namespace;
    private @Nullable Duration absoluteLifetime;
    private @Nullable Duration touchInterval;
    private @Nullable Concurrency concurrency;
    private @Nullable UnreadablePolicy unreadableAttributes;
    private @Nullable UnavailablePolicy storeUnavailable;
    private @Nullable Boolean storeEmptySessions;
    private @Nullable Boolean logAttributeNames;
    private @Nullable String compressAbove;
    private @Nullable String encryption;
    private @Nullable List<String> encryptionKeys;
    private @Nullable String encryptionKeysFile;
    private @Nullable Boolean requireEncryption;
    private @Nullable Duration sweepInterval;
    private @Nullable List<String> signingKeys;
    private @Nullable String signingKeysFile;
    private Map<String, String> attributeNames = Map.of();
    private @Nullable Boolean readForStaticResources;

    /**
     * Gets the DynamoDB table.
     *
     * @return null unless set
     */
    public @Nullable String getTableName() {
        return tableName;
    }

    /**
     * Sets the DynamoDB table.
     *
     * @param tableName null: as if not set
     */
    public void setTableName(@Nullable String tableName) {
        this.tableName = tableName;
    }

    /**
     * Gets the name of the {@code DynamoDbClient} or {@code DynamoDbAsyncClient} bean to use; unless set, the only one that there is.
     *
     * @return null unless set
     */
    public @Nullable String getClient() {
        return client;
    }

    /**
     * Sets the name of the {@code DynamoDbClient} or {@code DynamoDbAsyncClient} bean to use; unless set, the only one that there is.
     *
     * @param client null: as if not set
     */
    public void setClient(@Nullable String client) {
        this.client = client;
    }

    /**
     * Gets the region of the client that is made if the application has none; unless set, the SDK's own chain finds it.
     *
     * @return null unless set
     */
    public @Nullable String getRegion() {
        return region;
    }

    /**
     * Sets the region of the client that is made if the application has none; unless set, the SDK's own chain finds it.
     *
     * @param region null: as if not set
     */
    public void setRegion(@Nullable String region) {
        this.region = region;
    }

    /**
     * Gets the endpoint of the client that is made if the application has none, for DynamoDB Local and the like.
     *
     * @return null unless set
     */
    public @Nullable URI getEndpoint() {
        return endpoint;
    }

    /**
     * Sets the endpoint of the client that is made if the application has none, for DynamoDB Local and the like.
     *
     * @param endpoint null: as if not set
     */
    public void setEndpoint(@Nullable URI endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * Gets the longest that one call to DynamoDB may take with the client that is made if the application has none.
     *
     * @return null unless set
     */
    public @Nullable Duration getCallTimeout() {
        return callTimeout;
    }

    /**
     * Sets the longest that one call to DynamoDB may take with the client that is made if the application has none.
     *
     * @param callTimeout null: as if not set
     */
    public void setCallTimeout(@Nullable Duration callTimeout) {
        this.callTimeout = callTimeout;
    }

    /**
     * Gets how many calls to DynamoDB may be under way at once; the others wait in the order in which they came.
     *
     * @return null unless set: 200, and unlimited with the application's client
     */
    public @Nullable Integer getMaxConnections() {
        return maxConnections;
    }

    /**
     * Sets how many calls to DynamoDB may be under way at once; the others wait in the order in which they came. With
     * the application's {@code DynamoDbClient} it should be that client's number of connections; with its
     * {@code DynamoDbAsyncClient} it is an error.
     *
     * @param maxConnections positive; null: as if not set
     */
    public void setMaxConnections(@Nullable Integer maxConnections) {
        this.maxConnections = maxConnections;
    }

    /**
     * Gets how sessions are read.
     *
     * @return null unless set
     */
    public @Nullable ReadConsistency getReadConsistency() {
        return readConsistency;
    }

    /**
     * Sets how sessions are read.
     *
     * @param readConsistency null: as if not set
     */
    public void setReadConsistency(@Nullable ReadConsistency readConsistency) {
        this.readConsistency = readConsistency;
    }

    /**
     * Gets whether the table is created if it is missing; for development.
     *
     * @return null unless set
     */
    public @Nullable Boolean getCreateTable() {
        return createTable;
    }

    /**
     * Sets whether the table is created if it is missing; for development.
     *
     * @param createTable null: as if not set
     */
    public void setCreateTable(@Nullable Boolean createTable) {
        this.createTable = createTable;
    }

    /**
     * Gets {@code dynamodb}, or {@code memory} for development.
     *
     * @return null unless set
     */
    public @Nullable String getStore() {
        return store;
    }

    /**
     * Sets {@code dynamodb}, or {@code memory} for development.
     *
     * @param store null: as if not set
     */
    public void setStore(@Nullable String store) {
        this.store = store;
    }

    /**
     * Gets the codec, {@code json} or {@code msgpack}, if there are several on the class path.
     *
     * @return null unless set
     */
    public @Nullable String getCodec() {
        return codec;
    }

    /**
     * Sets the codec, {@code json} or {@code msgpack}, if there are several on the class path.
     *
     * @param codec null: as if not set
     */
    public void setCodec(@Nullable String codec) {
        this.codec = codec;
    }

    /**
     * Gets the codec that stores what {@code codec} refuses.
     *
     * @return null unless set
     */
    public @Nullable String getFallbackCodec() {
        return fallbackCodec;
    }

    /**
     * Sets the codec that stores what {@code codec} refuses.
     *
     * @param fallbackCodec null: as if not set
     */
    public void setFallbackCodec(@Nullable String fallbackCodec) {
        this.fallbackCodec = fallbackCodec;
    }

    /**
     * Gets attributes without which a session is over if they cannot be decoded.
     *
     * @return null unless set
     */
    public @Nullable List<String> getRequiredAttributes() {
        return requiredAttributes;
    }

    /**
     * Sets attributes without which a session is over if they cannot be decoded.
     *
     * @param requiredAttributes null: as if not set
     */
    public void setRequiredAttributes(@Nullable List<String> requiredAttributes) {
        this.requiredAttributes = requiredAttributes;
    }

    /**
     * Gets codecs that only read what another configuration wrote.
     *
     * @return null unless set
     */
    public @Nullable List<String> getReadableCodecs() {
        return readableCodecs;
    }

    /**
     * Sets codecs that only read what another configuration wrote.
     *
     * @param readableCodecs null: as if not set
     */
    public void setReadableCodecs(@Nullable List<String> readableCodecs) {
        this.readableCodecs = readableCodecs;
    }

    /**
     * Gets the application's classes, or packages as {@code com.shop.*}, that may be stored.
     *
     * @return null unless set
     */
    public @Nullable List<String> getAllowedTypes() {
        return allowedTypes;
    }

    /**
     * Sets the application's classes, or packages as {@code com.shop.*}, that may be stored.
     *
     * @param allowedTypes null: as if not set
     */
    public void setAllowedTypes(@Nullable List<String> allowedTypes) {
        this.allowedTypes = allowedTypes;
    }

    /**
     * Gets keeps applications apart that share a table.
     *
     * @return null unless set
     */
    public @Nullable String getNamespace() {
        return namespace;
    }

    /**
     * Sets keeps applications apart that share a table.
     *
     * @param namespace null: as if not set
     */
    public void setNamespace(@Nullable String namespace) {
        this.namespace = namespace;
    }

    /**
     * Gets how long a session may live however much it is used.
     *
     * @return null unless set
     */
    public @Nullable Duration getAbsoluteLifetime() {
        return absoluteLifetime;
    }

    /**
     * Sets how long a session may live however much it is used.
     *
     * @param absoluteLifetime null: as if not set
     */
    public void setAbsoluteLifetime(@Nullable Duration absoluteLifetime) {
        this.absoluteLifetime = absoluteLifetime;
    }

    /**
     * Gets how often mere use is recorded; zero for every request.
     *
     * @return null unless set
     */
    public @Nullable Duration getTouchInterval() {
        return touchInterval;
    }

    /**
     * Sets how often mere use is recorded; zero for every request.
     *
     * @param touchInterval null: as if not set
     */
    public void setTouchInterval(@Nullable Duration touchInterval) {
        this.touchInterval = touchInterval;
    }

    /**
     * Gets what happens when two requests change one session.
     *
     * @return null unless set
     */
    public @Nullable Concurrency getConcurrency() {
        return concurrency;
    }

    /**
     * Sets what happens when two requests change one session.
     *
     * @param concurrency null: as if not set
     */
    public void setConcurrency(@Nullable Concurrency concurrency) {
        this.concurrency = concurrency;
    }

    /**
     * Gets what happens when an attribute cannot be decoded.
     *
     * @return null unless set
     */
    public @Nullable UnreadablePolicy getUnreadableAttributes() {
        return unreadableAttributes;
    }

    /**
     * Sets what happens when an attribute cannot be decoded.
     *
     * @param unreadableAttributes null: as if not set
     */
    public void setUnreadableAttributes(@Nullable UnreadablePolicy unreadableAttributes) {
        this.unreadableAttributes = unreadableAttributes;
    }

    /**
     * Gets what happens when the store does not answer.
     *
     * @return null unless set
     */
    public @Nullable UnavailablePolicy getStoreUnavailable() {
        return storeUnavailable;
    }

    /**
     * Sets what happens when the store does not answer.
     *
     * @param storeUnavailable null: as if not set
     */
    public void setStoreUnavailable(@Nullable UnavailablePolicy storeUnavailable) {
        this.storeUnavailable = storeUnavailable;
    }

    /**
     * Gets whether a new session without attributes is stored.
     *
     * @return null unless set
     */
    public @Nullable Boolean getStoreEmptySessions() {
        return storeEmptySessions;
    }

    /**
     * Sets whether a new session without attributes is stored.
     *
     * @param storeEmptySessions null: as if not set
     */
    public void setStoreEmptySessions(@Nullable Boolean storeEmptySessions) {
        this.storeEmptySessions = storeEmptySessions;
    }

    /**
     * Whether warnings about attributes that cannot be read name the attribute; false unless set.
     *
     * @return null if not set
     */
    public @Nullable Boolean getLogAttributeNames() {
        return logAttributeNames;
    }

    /**
     * Whether warnings about attributes that cannot be read name the attribute.
     *
     * @param logAttributeNames null: as if not set
     */
    public void setLogAttributeNames(@Nullable Boolean logAttributeNames) {
        this.logAttributeNames = logAttributeNames;
    }

    /**
     * Gets from how many bytes on an attribute is compressed.
     *
     * @return null unless set
     */
    public @Nullable String getCompressAbove() {
        return compressAbove;
    }

    /**
     * Sets from how many bytes on an attribute is compressed.
     *
     * @param compressAbove null: as if not set
     */
    public void setCompressAbove(@Nullable String compressAbove) {
        this.compressAbove = compressAbove;
    }

    /**
     * Gets the name of the encryption, if there are several.
     *
     * @return null unless set
     */
    public @Nullable String getEncryption() {
        return encryption;
    }

    /**
     * Sets the name of the encryption, if there are several.
     *
     * @param encryption null: as if not set
     */
    public void setEncryption(@Nullable String encryption) {
        this.encryption = encryption;
    }

    /**
     * Gets the keys that encrypt attributes; the first encrypts, all decrypt.
     *
     * @return null unless set
     */
    public @Nullable List<String> getEncryptionKeys() {
        return encryptionKeys;
    }

    /**
     * Sets the keys that encrypt attributes; the first encrypts, all decrypt.
     *
     * @param encryptionKeys null: as if not set
     */
    public void setEncryptionKeys(@Nullable List<String> encryptionKeys) {
        this.encryptionKeys = encryptionKeys;
    }

    /**
     * Gets a file with one key a line.
     *
     * @return null unless set
     */
    public @Nullable String getEncryptionKeysFile() {
        return encryptionKeysFile;
    }

    /**
     * Sets a file with one key a line.
     *
     * @param encryptionKeysFile null: as if not set
     */
    public void setEncryptionKeysFile(@Nullable String encryptionKeysFile) {
        this.encryptionKeysFile = encryptionKeysFile;
    }

    /**
     * Gets whether attributes that are not encrypted are refused.
     *
     * @return null unless set
     */
    public @Nullable Boolean getRequireEncryption() {
        return requireEncryption;
    }

    /**
     * Sets whether attributes that are not encrypted are refused.
     *
     * @param requireEncryption null: as if not set
     */
    public void setRequireEncryption(@Nullable Boolean requireEncryption) {
        this.requireEncryption = requireEncryption;
    }

    /**
     * Gets how often this node removes expired sessions and tells listeners of them; unless set, never.
     *
     * @return null unless set
     */
    public @Nullable Duration getSweepInterval() {
        return sweepInterval;
    }

    /**
     * Sets how often this node removes expired sessions and tells listeners of them; unless set, never.
     *
     * @param sweepInterval null: as if not set
     */
    public void setSweepInterval(@Nullable Duration sweepInterval) {
        this.sweepInterval = sweepInterval;
    }

    /**
     * Gets base64 keys of at least 32 bytes; the first signs, all verify.
     *
     * @return null unless set
     */
    public @Nullable List<String> getSigningKeys() {
        return signingKeys;
    }

    /**
     * Sets base64 keys of at least 32 bytes; the first signs, all verify.
     *
     * @param signingKeys null: as if not set
     */
    public void setSigningKeys(@Nullable List<String> signingKeys) {
        this.signingKeys = signingKeys;
    }

    /**
     * Gets a file with one key a line.
     *
     * @return null unless set
     */
    public @Nullable String getSigningKeysFile() {
        return signingKeysFile;
    }

    /**
     * Sets a file with one key a line.
     *
     * @param signingKeysFile null: as if not set
     */
    public void setSigningKeysFile(@Nullable String signingKeysFile) {
        this.signingKeysFile = signingKeysFile;
    }

    /**
     * Gets what the table calls the attributes of an item.
     *
     * @return by their names in kebab-case; empty unless set
     */
    public Map<String, String> getAttributeNames() {
        return attributeNames;
    }

    /**
     * Sets what the table calls the attributes of an item.
     *
     * @param attributeNames by their names in kebab-case
     */
    public void setAttributeNames(
            @MapFormat(transformation = MapFormat.MapTransformation.FLAT) Map<String, String> attributeNames) {
        this.attributeNames = attributeNames;
    }

    /**
     * Gets whether a request for a file reads its session; unless set, only with Micronaut Security, which asks for it.
     *
     * @return null unless set
     */
    public @Nullable Boolean getReadForStaticResources() {
        return readForStaticResources;
    }

    /**
     * Sets whether a request for a file reads its session; unless set, only with Micronaut Security, which asks for it.
     *
     * @param readForStaticResources null: as if not set
     */
    public void setReadForStaticResources(@Nullable Boolean readForStaticResources) {
        this.readForStaticResources = readForStaticResources;
    }

    /** Everything as if not set. */
    public DynamoDbSessionConfiguration() {}

    /**
     * Whether sessions are kept in DynamoDB.
     *
     * @return false unless set
     */
    @Override
    public boolean isEnabled() {
        return enabled;
    }

    /**
     * Sets whether sessions are kept in DynamoDB.
     *
     * @param enabled true: the adapter replaces the framework's store in memory
     */
    public void setEnabled(boolean enabled) {
        this.enabled = enabled;
    }

    boolean readForStaticResources(boolean byDefault) {
        return readForStaticResources == null ? byDefault : readForStaticResources;
    }
}
