// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Saves with computed attributes")
class ComputeQueueTest {
    @Test
    @DisplayName("do not wait in line for a store that did not answer the first, and leave no line behind")
    void unanswered() {
        ComputeQueue queue = new ComputeQueue();
        SessionKey key = SessionKey.of("key");
        List<CompletableFuture<String>> running = new ArrayList<>();
        Function<ComputeQueue.Turn, CompletionStage<String>> save = turn -> {
            CompletableFuture<String> saved = new CompletableFuture<>();
            running.add(saved);
            return saved;
        };
        List<CompletionStage<String>> saves = IntStream.range(0, 4)
                .mapToObj(i -> queue.inTurn(key, false, Runnable::run, save))
                .toList();
        assertThat(running).hasSize(1);
        running.get(0).complete("stored");
        assertThat(running).hasSize(2);
        running.get(1).completeExceptionally(new SessionStoreException("no answer", null, false));
        assertThat(running).hasSize(4);
        running.get(2).complete("stored");
        running.get(3).complete("stored");
        assertThat(saves.get(1).toCompletableFuture()).isCompletedExceptionally();
        assertThat(saves.get(3).toCompletableFuture()).isCompletedWithValue("stored");
        assertThat(queue.size()).isZero();
    }
}
