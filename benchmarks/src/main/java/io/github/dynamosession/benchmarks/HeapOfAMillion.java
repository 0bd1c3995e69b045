// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * Opens, changes and saves a thousand sessions a thousand times each, and looks what is left in the heap on the way: as much at
 * the end as after the first tenth.
 */
public final class HeapOfAMillion {
    private static final int SESSIONS = 1_000;
    private static final int TENTH = 100_000;
    private static final double ALLOWED_MEGABYTES = 2;
    private static final MemoryMXBean MEMORY = ManagementFactory.getMemoryMXBean();

    private HeapOfAMillion() {}

    /**
     * Runs and prints.
     *
     * @param arguments none
     * @throws Exception if anything fails, or the heap has grown
     */
    public static void main(String[] arguments) throws Exception {
        try (SlowDynamoDb database = new SlowDynamoDb();
                DynamoDbClient client = database.client().build()) {
            run(SessionManager.builder(DynamoDbSessionStore.builder()
                            .client(client)
                            .tableName("sessions")
                            .build())
                    .codec(JsonCodec.builder().build())
                    .build());
        }
    }

    private static void run(SessionManager sessions) {
        List<String> cookies = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            Session session = sessions.newSession();
            session.set("user", "user " + i);
            sessions.save(session);
            cookies.add(session.cookieValue());
        }
        double first = 0;
        double used = 0;
        for (int tenth = 1; tenth <= 10; tenth++) {
            for (int i = 0; i < TENTH; i++) {
                Session session = sessions.open(cookies.get(i % SESSIONS)).orElseThrow();
                session.set("count", i);
                sessions.save(session);
            }
            used = megabytes();
            first = tenth == 1 ? used : first;
            System.out.printf("%,9d cycles: %.1f MB%n", tenth * TENTH, used);
        }
        if (used > first + ALLOWED_MEGABYTES) {
            throw new IllegalStateException("the heap has grown by " + (used - first) + " MB");
        }
    }

    private static double megabytes() {
        // The second one finds what the finalizers of the first have let go.
        MEMORY.gc();
        MEMORY.gc();
        return MEMORY.getHeapMemoryUsage().getUsed() / 1024.0 / 1024.0;
    }
}
