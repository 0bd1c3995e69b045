// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.Setting;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ReplicatedWriteConflictException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

/** Turns what the SDK throws into what the contract says, and knows what may have been applied. */
final class Errors {
    private static final int REQUEST_TOO_LARGE = 413;
    private static final int SERVER_ERROR = 500;

    private final String table;
    private final ItemAttributes names;
    private final Function<Setting, String> settings;

    /**
     * Errors of a table.
     *
     * @param table its name
     * @param names what its attributes are called
     * @param settings how messages name a setting
     */
    Errors(String table, ItemAttributes names, Function<Setting, String> settings) {
        this.table = table;
        this.names = names;
        this.settings = settings;
    }

    static Throwable unwrap(Throwable failure) {
        Throwable inner = failure;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    /**
     * Translates a failure.
     *
     * @param failure what a call ended with
     * @param operation which operation of the store, for the message
     * @param write whether the call would have changed something
     * @param hidden whether an earlier attempt at the same write may have been applied
     */
    SessionException translate(Throwable failure, String operation, boolean write, boolean hidden) {
        Throwable cause = unwrap(failure);
        if (hidden && cause.getClass() == SessionStoreException.class) {
            return new SessionStoreException(String.valueOf(cause.getMessage()), cause, true);
        }
        if (cause instanceof SessionException known) {
            return known;
        }
        boolean unknown = write && (hidden || mayHaveBeenApplied(cause));
        if (cause instanceof AwsServiceException refused) {
            return service(refused, operation, unknown);
        }
        if (cause instanceof SdkClientException client) {
            return client(client, operation, unknown);
        }
        return new SessionStoreException("the " + operation + " failed unexpectedly", cause, unknown);
    }

    /**
     * Whether some attempt of a call that failed may have been applied: certainly not one that DynamoDB
     * refused, or that never reached it.
     */
    static boolean mayHaveBeenApplied(Throwable failure) {
        return !failedBeforeFirstAttempt(failure)
                && (lastAttemptMayHaveBeenApplied(failure) || earlierAttemptMayHaveBeenApplied(failure));
    }

    /** No credentials, no region: the SDK counts no attempt then, and there is no trace of I/O. */
    private static boolean failedBeforeFirstAttempt(Throwable failure) {
        if (!(failure instanceof SdkClientException)
                || failure instanceof ApiCallTimeoutException
                || failure instanceof ApiCallAttemptTimeoutException
                || failure instanceof AbortedException) {
            return false;
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException || (cause instanceof SdkException sdk && sdk.numAttempts() != null)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether an attempt that the SDK repeated may have been applied. That is what hides one's own write
     * behind a failed condition: the reply was lost, and the repetition met what it had written.
     */
    static boolean earlierAttemptMayHaveBeenApplied(Throwable failure) {
        if (!(failure instanceof SdkException outermost)) {
            return false;
        }
        SdkException sdk = counting(outermost);
        Integer attempts = sdk.numAttempts();
        if (attempts == null) {
            return true;
        }
        // The SDK keeps what the earlier attempts ended with, as text. Only what is surely harmless counts.
        long harmless = 0;
        for (Throwable earlier : sdk.getSuppressed()) {
            if (neverApplied(String.valueOf(earlier.getMessage()), failure)) {
                harmless++;
            }
        }
        return harmless < attempts - 1;
    }

    /** The exception that counts the attempts: the SDK wraps that of an unknown host in another. */
    private static SdkException counting(SdkException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SdkException sdk && sdk.numAttempts() != null) {
                return sdk;
            }
        }
        return failure;
    }

    private static boolean neverApplied(String message, Throwable later) {
        return message.contains("Status Code: 4") || NotSent.shows(message, later);
    }

    private static boolean lastAttemptMayHaveBeenApplied(Throwable failure) {
        if (failure instanceof AwsServiceException refused) {
            return refused.statusCode() >= SERVER_ERROR;
        }
        if (failure instanceof ApiCallTimeoutException
                || failure instanceof ApiCallAttemptTimeoutException
                || failure instanceof AbortedException) {
            return true;
        }
        // Not by the absence of an I/O error: a reply that cannot be read is no proof, either.
        return !NotSent.shows(failure);
    }

    private SessionException service(AwsServiceException refused, String operation, boolean unknown) {
        String code = code(refused);
        String message = refused.awsErrorDetails() == null
                ? ""
                : String.valueOf(refused.awsErrorDetails().errorMessage());
        if (refused instanceof ResourceNotFoundException) {
            return new StoreMisconfiguredException(
                    "the table " + table + " does not exist in this region and account: create it with the HASH key "
                            + names.name(ItemAttribute.ID)
                            + " (String), or set " + settings.apply(DynamoDbSessionStoreProvider.CREATE_TABLE)
                            + "=true for development",
                    refused);
        }
        if (code.startsWith("AccessDenied")) {
            return new StoreMisconfiguredException(
                    "the " + operation + " is not allowed on the table " + table
                            + ": the role needs dynamodb:GetItem, PutItem, UpdateItem and DeleteItem on it,"
                            + " and dynamodb:Scan if expired sessions are swept, and dynamodb:Query on its indexes if it has any",
                    refused);
        }
        if (code.startsWith("UnrecognizedClient")
                || code.startsWith("InvalidSignature")
                || code.startsWith("IncompleteSignature")
                || code.startsWith("MissingAuthenticationToken")
                || code.startsWith("ExpiredToken")) {
            return new StoreMisconfiguredException(
                    "the AWS credentials were refused (" + code + "): check the credentials and the region", refused);
        }
        if (isTooLarge(refused.statusCode(), code, message)) {
            return Items.tooLarge(refused);
        }
        if (code.startsWith("Validation")) {
            return invalid(message, operation, refused);
        }
        if (refused.isThrottlingException() || code.contains("Throughput") || code.contains("LimitExceeded")) {
            return new SessionStoreException("the " + operation + " was throttled by DynamoDB", refused, unknown);
        }
        if (refused instanceof ReplicatedWriteConflictException) {
            return new SessionStoreException(
                    "the " + operation + " gave way to writes of the same session in another region, too often",
                    refused,
                    unknown);
        }
        if (refused instanceof ConditionalCheckFailedException) {
            // Holds the item: not kept as the cause.
            return new SessionStoreException("the " + operation + " met an unexpected condition", null, unknown);
        }
        return new SessionStoreException("DynamoDB answered the " + operation + " with " + code, refused, unknown);
    }

    private SessionException invalid(String message, String operation, @Nullable Throwable cause) {
        String lower = message.toLowerCase(Locale.ROOT);
        if (lower.contains("type mismatch for key")
                || lower.contains("does not match the schema")
                || lower.contains("missing the key")
                || lower.contains("required keys")
                || lower.contains("number of conditions on the keys is invalid")
                || lower.contains("key element")) {
            return new StoreMisconfiguredException(
                    "the table " + table + " has another key: it must have one HASH key, named "
                            + names.name(ItemAttribute.ID) + ", of type String, and no RANGE key;"
                            + " set " + settings.apply(ItemAttribute.ID.setting()) + " if the key has another name",
                    cause);
        }
        if (lower.contains("specified index")) {
            return new StoreMisconfiguredException(
                    "the table " + table + " has no such index as the " + operation + " needs: create it as"
                            + " docs/indexes.md says, or set "
                            + settings.apply(DynamoDbSessionStoreProvider.CREATE_TABLE)
                            + "=true for development",
                    cause);
        }
        if (lower.contains("index key") || lower.contains("indexkey")) {
            return new StoreMisconfiguredException(
                    "an index of the table " + table + " refuses a session's row: one of its key attributes has"
                            + " another type there",
                    cause);
        }
        return new SessionStoreException("DynamoDB refused the " + operation + " as invalid", cause, false);
    }

    private static boolean isTooLarge(int status, @Nullable String code, String message) {
        String lower = message.toLowerCase(Locale.ROOT);
        return status == REQUEST_TOO_LARGE
                || "RequestEntityTooLargeException".equals(code)
                || lower.contains("item size")
                || lower.contains("maximum allowed size")
                || lower.contains("request size");
    }

    private SessionException client(SdkClientException failure, String operation, boolean unknown) {
        String message = String.valueOf(failure.getMessage());
        if (message.startsWith("Unable to load credentials")) {
            return new StoreMisconfiguredException(noCredentials("the " + operation + " was not sent"), failure);
        }
        if (message.startsWith("Unable to load region")) {
            return new StoreMisconfiguredException("the " + operation + " was not sent: " + message, failure);
        }
        if (failure instanceof ApiCallTimeoutException || failure instanceof ApiCallAttemptTimeoutException) {
            return new SessionStoreException("the " + operation + " timed out", failure, unknown);
        }
        String why = NotSent.why(failure);
        return new SessionStoreException(
                "DynamoDB could not be reached for the " + operation + (why == null ? "" : ": " + why),
                failure,
                unknown);
    }

    /** What the SDK says in ten lines, one for each place where it looked. */
    static String noCredentials(String what) {
        return what
                + ": no AWS credentials were found (no role of this machine, container or pod, no AWS_ACCESS_KEY_ID,"
                + " no profile); a role of a Kubernetes service account needs the SDK's module sts, DynamoDB Local takes"
                + " any AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    }

    private static String code(AwsServiceException refused) {
        String code = refused.awsErrorDetails() == null
                ? null
                : refused.awsErrorDetails().errorCode();
        return code == null ? "status " + refused.statusCode() : code;
    }
}
