// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.testkit.FaultyStore.Fault;
import java.time.Clock;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;

@DisplayName("The fuzz test of a store")
class FuzzFindsFaultsTest {
    private static final long SEED = 1;

    private static Fault fault = Fault.NONE;

    /**
     * Decides the operations and, by {@link Turns}, how the nodes meet. It is known to find each of the faults:
     * another one finds most of them.
     */
    private static long seed = SEED;

    @Test
    @DisplayName("makes other keys each time, also with the same seed: its runs may share a database")
    void keys() {
        MovableClock clock = new MovableClock();
        SessionStore store = new InMemorySessionStore(clock);
        FuzzNode first = new FuzzNode(0, store, clock, new Random(SEED), true, null);
        FuzzNode second = new FuzzNode(0, store, clock, new Random(SEED), true, null);
        assertThat(first.newKey()).isNotEqualTo(second.newKey());
    }

    @ParameterizedTest
    @CsvSource({
        "WHOLE_SESSION_IS_SAVED, C1, lost attribute",
        "UPDATE_REPLACES_ALL, C1, lost attribute",
        "LATE_WRITE_IS_LOST, C41, lost ",
        "MOVE_WRITES_WHAT_WAS_SEEN, C41, lost ",
        "ATTRIBUTES_ARE_COMPARED_FIRST, C33, lost compute",
        "ATTRIBUTES_ARE_NOT_COMPARED, C33, lost compute",
        "REPETITION_UNDERNEATH, C33, doubled compute",
        "TOKEN_IS_IGNORED, C3, doubled compute",
        "UPDATE_CREATES, C31, resurrected session",
        "UPDATE_CHECKS_FIRST, C31, resurrected session|two callers were told",
        "MOVE_OF_NOTHING, C31, resurrected session",
        "DELETE_CHECKS_FIRST, C31, two callers were told",
        "MOVE_CHECKS_FIRST, C41, two winners of an id change",
        "MOVE_FOLLOWS_ROTATION, C41, two winners of an id change",
        "LATE_WRITES_FOLLOW_LOGIN, C41, left by a privilege change",
        "MOVED_IS_FOUND_ABSENT, C41, instead of Moved|lost session",
        "EXPIRED_IS_FOUND, C11, expired session returned",
        "CLOCK_IS_SLOW, C11, expired",
        "TOUCH_REVIVES, C11, resurrected session",
        "SWEEP_CHECKS_FIRST, C64, destroyed event twice",
        "SWEEP_FINDS_IN_GRACE, C63, lost session",
    })
    @DisplayName("finds the fault, in the test that is meant for it, and says what it is and how to repeat it")
    void findsFault(Fault injected, String clause, String message) {
        fault = injected;
        assertThat(failures()).anySatisfy(failure -> {
            assertThat(failure.test).matches(".*\\b" + clause + "\\b.*");
            assertThat(failure.message).containsPattern(message).contains("To repeat: seed ");
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {SEED, 2, 3, 4, 5})
    @DisplayName("finds nothing where nothing is wrong")
    void findsNothing(long other) {
        fault = Fault.NONE;
        seed = other;
        assertThat(failures()).isEmpty();
    }

    @Test
    @DisplayName("needs no luck: with the same turns the same operations end in the same way")
    void repeats() {
        fault = Fault.ATTRIBUTES_ARE_COMPARED_FIRST;
        List<Failure> first = failures();
        assertThat(first).isNotEmpty();
        assertThat(failures()).isEqualTo(first);
    }

    @BeforeEach
    void useKnownSeed() {
        seed = SEED;
    }

    private record Failure(String test, String message) {}

    private static List<Failure> failures() {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(Fuzz.class))
                .execute()
                .allEvents()
                .failed()
                .stream()
                .map(event -> new Failure(
                        event.getTestDescriptor().getDisplayName(),
                        event.getRequiredPayload(TestExecutionResult.class)
                                .getThrowable()
                                .orElseThrow()
                                .toString()))
                .toList();
    }

    /** Run by the tests of this class only. */
    static class Fuzz extends SessionStoreFuzz {
        private final Random schedule = new Random(seed);

        @Override
        protected SessionStore createStore(Clock clock) {
            return new FaultyStore(fault, clock);
        }

        @Override
        protected long seed() {
            return seed;
        }

        @Override
        void race(List<Callable<Void>> nodes) {
            Turns.race(schedule, nodes);
        }
    }
}
