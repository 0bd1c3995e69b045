// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.testkit.ScheduledCalls;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/** A client that changes the requests of the store, so that the protocol is broken in one place. */
final class BrokenRequests extends ScheduledClient {
    private final Fault fault;

    BrokenRequests(Fault fault, DynamoDbClient client, ScheduledCalls calls) {
        super(client, calls);
        this.fault = fault;
    }

    /** A fault: how it is broken. */
    enum Fault {
        /** The flip asks for a session, no more. */
        FLIP_OF_ANY_VERSION,
        /** The flip does not ask for the access that was copied. */
        FLIP_OF_ANY_ACCESS,
        /** The flip does not even ask for a session. */
        FLIP_WITHOUT_CONDITION,
        /** The copy overwrites whatever lies under the new key. */
        COPY_OVERWRITES,
        /** The copy does not say where it comes from. */
        COPY_WITHOUT_ORIGIN,
        /** The copy is rewritten, or removed, whatever has become of it. */
        COPY_OF_ANY_VERSION,
        /** A write of a session does not ask for one. */
        UPDATE_WITHOUT_CONDITION,
        /** A logout does not ask for a session, so that it overwrites a redirect. */
        END_OF_ANY_KIND,
        /** A logout removes the row, so that its key is free. */
        END_FREES_KEY,
        /** An id change leaves nothing under the old key. */
        NO_REDIRECT
    }

    @Override
    public CompletableFuture<PutItemResponse> putItem(PutItemRequest request) {
        String kind = request.item().get("kind").s();
        boolean isCopy = request.item().containsKey("moved_from");
        return switch (fault) {
            case FLIP_OF_ANY_VERSION ->
                kind.equals("redirect")
                        ? super.putItem(without(request, "#version", "#write", "#accessed_at", "#expires_at ="))
                        : super.putItem(request);
            case FLIP_OF_ANY_ACCESS ->
                kind.equals("redirect")
                        ? super.putItem(without(request, "#accessed_at", "#expires_at ="))
                        : super.putItem(request);
            case FLIP_WITHOUT_CONDITION ->
                kind.equals("redirect") ? super.putItem(unconditional(request)) : super.putItem(request);
            case COPY_OVERWRITES -> isCopy ? super.putItem(unconditional(request)) : super.putItem(request);
            case COPY_WITHOUT_ORIGIN ->
                super.putItem(request.copy(copy -> copy.item(without(request.item(), "moved_from", "change"))));
            case COPY_OF_ANY_VERSION ->
                isCopy && request.conditionExpression().contains("#moved_from")
                        ? super.putItem(unconditional(request))
                        : super.putItem(request);
            case END_OF_ANY_KIND ->
                kind.equals("ended") ? super.putItem(unconditional(request)) : super.putItem(request);
            case END_FREES_KEY -> kind.equals("ended") ? remove(request) : super.putItem(request);
            case NO_REDIRECT -> kind.equals("redirect") ? remove(request) : super.putItem(request);
            default -> super.putItem(request);
        };
    }

    @Override
    public CompletableFuture<UpdateItemResponse> updateItem(UpdateItemRequest request) {
        if (fault != Fault.UPDATE_WITHOUT_CONDITION) {
            return super.updateItem(request);
        }
        String update = request.updateExpression();
        return super.updateItem(request.copy(copy -> copy.conditionExpression(null)
                .expressionAttributeNames(used(request.expressionAttributeNames(), update))
                .expressionAttributeValues(used(request.expressionAttributeValues(), update))));
    }

    @Override
    public CompletableFuture<DeleteItemResponse> deleteItem(DeleteItemRequest request) {
        return fault == Fault.COPY_OF_ANY_VERSION
                        && request.conditionExpression().contains("#moved_from")
                ? super.deleteItem(DeleteItemRequest.builder()
                        .tableName(request.tableName())
                        .key(request.key())
                        .build())
                : super.deleteItem(request);
    }

    private CompletableFuture<PutItemResponse> remove(PutItemRequest request) {
        return super.deleteItem(DeleteItemRequest.builder()
                        .tableName(request.tableName())
                        .key(Map.of("id", request.item().get("id")))
                        .conditionExpression(request.conditionExpression())
                        .expressionAttributeNames(request.expressionAttributeNames())
                        .expressionAttributeValues(request.expressionAttributeValues())
                        .returnValuesOnConditionCheckFailure(request.returnValuesOnConditionCheckFailure())
                        .build())
                .thenApply(deleted -> PutItemResponse.builder().build());
    }

    private static PutItemRequest unconditional(PutItemRequest request) {
        return PutItemRequest.builder()
                .tableName(request.tableName())
                .item(request.item())
                .build();
    }

    private static PutItemRequest without(PutItemRequest request, String... clauses) {
        String condition = and(request.conditionExpression(), clauses);
        return request.copy(copy -> copy.conditionExpression(condition)
                .expressionAttributeNames(used(request.expressionAttributeNames(), condition))
                .expressionAttributeValues(used(request.expressionAttributeValues(), condition)));
    }

    /** What is left of a condition without the clauses that begin so. */
    private static String and(String condition, String... clauses) {
        UnaryOperator<String> marked = text -> text.replace(":oldest_fmt AND", ":oldest_fmt &");
        StringBuilder left = new StringBuilder();
        for (String clause : marked.apply(condition).split(" AND ", -1)) {
            boolean dropped = false;
            for (String start : clauses) {
                dropped |= clause.startsWith(start);
            }
            if (!dropped) {
                left.append(left.isEmpty() ? "" : " AND ").append(clause.replace(" &", " AND"));
            }
        }
        return left.toString();
    }

    private static <T> Map<String, T> used(Map<String, T> placeholders, String expressions) {
        Map<String, T> used = new HashMap<>();
        Set<String> words = new HashSet<>(List.of(expressions.split("[ (),.]+")));
        placeholders.forEach((name, value) -> {
            if (words.contains(name)) {
                used.put(name, value);
            }
        });
        return used;
    }

    private static Map<String, AttributeValue> without(Map<String, AttributeValue> item, String... names) {
        Map<String, AttributeValue> left = new HashMap<>(item);
        left.keySet().removeAll(Set.of(names));
        return left;
    }
}
