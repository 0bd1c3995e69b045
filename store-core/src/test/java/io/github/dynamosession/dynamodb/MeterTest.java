// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;

@DisplayName("A meter")
class MeterTest {
    private static final int THREADS = 4;
    private static final int TIMES = 50_000;

    @Test
    @DisplayName("counts what comes on several threads at once, as the rows of a large value do")
    void threads() {
        List<StoreOperation> operations = new ArrayList<>();
        Meter meter = new Meter(StoreOperation.Kind.GET_PART, new SessionObserver() {
            @Override
            public void operation(StoreOperation operation) {
                operations.add(operation);
            }
        });
        ConsumedCapacity consumed =
                ConsumedCapacity.builder().capacityUnits(0.5).build();
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            running.add(CompletableFuture.runAsync(() -> {
                for (int i = 0; i < TIMES; i++) {
                    meter.sent();
                    meter.read(consumed);
                    meter.written(consumed);
                }
            }));
        }
        running.forEach(CompletableFuture::join);

        meter.report(StoreOperation.Result.FOUND);

        assertThat(operations).singleElement().satisfies(operation -> {
            assertThat(operation.roundTrips()).isEqualTo(THREADS * TIMES);
            assertThat(operation.readUnits()).isEqualTo(THREADS * TIMES / 2.0);
            assertThat(operation.writeUnits()).isEqualTo(THREADS * TIMES / 2.0);
        });
    }
}
