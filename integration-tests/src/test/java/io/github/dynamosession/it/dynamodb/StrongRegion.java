// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.it.dynamodb.FaultyProxy.Answer;
import io.github.dynamosession.it.dynamodb.FaultyProxy.Sent;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * How one region of a global table with multi-Region strong consistency (MRSC) differs from DynamoDB Local, by its
 * documentation: no transactions, no TTL, and a write is refused while another region writes the same item. Which ones are
 * refused comes from a fixed seed.
 */
final class StrongRegion implements FaultyProxy.Behaviour {
    /** As DynamoDB words it. */
    static final String CONFLICT = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ReplicatedWriteConflictException\","
            + "\"message\":\"The request was rejected because one or more items in the request are being modified by a"
            + " request in another Region.\"}";

    private static final Answer REFUSED = new Answer(400, CONFLICT);
    private static final Answer LOST = new Answer(
            500, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\",\"message\":\"internal\"}");
    private static final Answer UNSUPPORTED = new Answer(
            400,
            "{\"__type\":\"com.amazon.coral.validate#ValidationException\","
                    + "\"message\":\"The operation is not supported on tables with multi-Region strong consistency\"}");

    private static final Set<String> WRITES = Set.of("PutItem", "UpdateItem", "DeleteItem");
    private static final Set<String> NEVER = Set.of("TransactWriteItems", "TransactGetItems", "UpdateTimeToLive");

    /** What a client may meet. */
    enum Conflicts {
        /** Another region writes the item: the write is refused, up to eight times in a row. */
        BEFORE,
        /**
         * As {@link #BEFORE}; or the write is applied, its reply lost, and the repetitions are refused so. Never the reply
         * to a call's last attempt: that call has an unknown outcome, which no test of the contract expects.
         */
        BEFORE_AND_BEHIND_LOST_REPLIES
    }

    private final Conflicts conflicts;
    private final Random random;
    private final Map<String, Integer> refusals = new HashMap<>();
    private int refused;

    StrongRegion(Conflicts conflicts, long seed) {
        this.conflicts = conflicts;
        this.random = new Random(seed);
    }

    /** How many writes were refused so far. */
    synchronized int refused() {
        return refused;
    }

    @Override
    public synchronized Answer instead(Sent request) {
        if (NEVER.contains(request.operation())) {
            return UNSUPPORTED;
        }
        if (!WRITES.contains(request.operation())) {
            return null;
        }
        // A repetition has the same body.
        Integer more = refusals.get(request.body());
        if (more == null && random.nextInt(5) == 0) {
            more = 1 + random.nextInt(8);
        }
        if (more == null) {
            return null;
        }
        refusals.put(request.body(), more - 1);
        if (more == 0) {
            refusals.remove(request.body());
            return null;
        }
        refused++;
        return REFUSED;
    }

    @Override
    public synchronized Answer afterwards(Sent request, Answer answer) {
        if (request.operation().equals("DescribeTable") && answer.status() == 200) {
            return new Answer(
                    200, answer.body().replace("{\"Table\":{", "{\"Table\":{\"MultiRegionConsistency\":\"STRONG\","));
        }
        // Not a deletion's: that it was its own is seen by nobody.
        boolean told =
                request.operation().equals("PutItem") || request.operation().equals("UpdateItem");
        boolean cured = told && request.repeatable() && conflicts == Conflicts.BEFORE_AND_BEHIND_LOST_REPLIES;
        if (!cured || answer.status() != 200 || random.nextInt(8) != 0) {
            return answer;
        }
        refused++;
        refusals.put(request.body(), 1 + random.nextInt(4));
        return LOST;
    }
}
