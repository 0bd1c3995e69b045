// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.testkit.FaultyStore.Fault;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

@DisplayName("The contract of a store")
class ContractFindsFaultsTest {
    private static Fault fault = Fault.NONE;
    private static Supplier<Optional<SessionStore>> unreachable = Optional::empty;

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    @DisplayName("finds the fault and names its clause")
    void findsFault(Fault injected) {
        fault = injected;
        assertThat(failures(run())).anyMatch(name -> name.matches(".*\\b" + injected.clause + "\\b.*"));
    }

    @Test
    @DisplayName("finds nothing where nothing is wrong")
    void findsNothing() {
        fault = Fault.NONE;
        assertThat(failures(run())).isEmpty();
    }

    @Test
    @DisplayName("skips what a store cannot be asked to do, visibly")
    void skips() {
        fault = Fault.NONE;
        assertThat(run().testEvents().aborted().stream().map(ContractFindsFaultsTest::name))
                .hasSize(1)
                .allMatch(name -> name.startsWith("C2"));
        assertThat(run(SlowContract.class).testEvents().aborted().stream().map(ContractFindsFaultsTest::name))
                .hasSizeGreaterThan(10)
                .anyMatch(name -> name.startsWith("C11"));
        assertThat(failures(run(SlowContract.class))).isEmpty();
    }

    @Test
    @DisplayName("accepts a store that fails when its database cannot be reached")
    void acceptsUnreachable() {
        assertThat(failuresWhenUnreachable(key -> failed("find: the database cannot be reached", false)))
                .isEmpty();
    }

    @Test
    @DisplayName("finds a store that answers Absent when its database cannot be reached")
    void failureIsNotAbsent() {
        assertThat(failuresWhenUnreachable(key -> CompletableFuture.completedFuture(new FindOutcome.Absent())))
                .singleElement()
                .asString()
                .startsWith("C2");
    }

    @Test
    @DisplayName("finds a store that tells keys in its exceptions, or that a read may have been applied")
    void tellsKeys() {
        assertThat(failuresWhenUnreachable(key -> failed("not reached for " + key.value(), false)))
                .singleElement()
                .asString()
                .contains("C5");
        assertThat(failuresWhenUnreachable(key -> failed("not reached", true))).hasSize(1);
    }

    private static CompletableFuture<?> failed(String message, boolean unknown) {
        return CompletableFuture.failedFuture(new SessionStoreException(message, null, unknown));
    }

    private interface Answer {
        CompletableFuture<?> to(SessionKey key);
    }

    private static List<String> failuresWhenUnreachable(Answer find) {
        fault = Fault.NONE;
        unreachable = () -> Optional.of((SessionStore) Proxy.newProxyInstance(
                SessionStore.class.getClassLoader(),
                new Class<?>[] {SessionStore.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "isBlocking" -> true;
                    case "close" -> null;
                    case "find" -> find.to((SessionKey) arguments[0]);
                    default -> failed(method.getName() + ": the database cannot be reached", false);
                }));
        try {
            return failures(run());
        } finally {
            unreachable = Optional::empty;
        }
    }

    private static EngineExecutionResults run() {
        return run(Contract.class);
    }

    private static EngineExecutionResults run(Class<?> contract) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(contract))
                .execute();
    }

    private static List<String> failures(EngineExecutionResults results) {
        return results.allEvents().failed().stream()
                .map(ContractFindsFaultsTest::name)
                .toList();
    }

    private static String name(Event event) {
        return event.getTestDescriptor().getDisplayName();
    }

    /** Run by the tests of this class only. */
    static class Contract extends SessionStoreContract {
        private final Random schedule = new Random(1);

        @Override
        <T> List<T> race(List<? extends Callable<? extends T>> contenders) {
            return Turns.race(schedule, contenders);
        }

        @Override
        protected SessionStore createStore(Clock clock) {
            return new FaultyStore(fault, clock);
        }

        @Override
        protected int rounds() {
            return 5;
        }

        @Override
        protected Optional<SessionStore> createUnreachableStore(Clock clock) {
            return unreachable.get();
        }
    }

    /** A store with a clock of its own. */
    static class SlowContract extends Contract {
        @Override
        protected boolean expiresByClock() {
            return false;
        }
    }
}
