// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("With the extensions for health and metrics")
class OperationsTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar ->
                    jar.addClasses(Visits.class, StubDynamoDb.class, Registry.class, Extensions.class, Witness.class))
            .setForcedDependencies(Extensions.operations())
            .overrideConfigKey("dynamosession.table-name", "sessions")
            .overrideConfigKey("dynamosession.region", "eu-central-1")
            .overrideConfigKey("dynamosession.endpoint", StubDynamoDb.endpoint());

    public static class Registry {
        @Produces
        @Singleton
        MeterRegistry registry() {
            return new SimpleMeterRegistry();
        }
    }

    @ApplicationScoped
    public static class Witness implements SessionObserver {
        final List<StoreOperation> operations = new CopyOnWriteArrayList<>();

        @Override
        public void operation(StoreOperation operation) {
            operations.add(operation);
        }

        public List<StoreOperation> operations() {
            return operations;
        }
    }

    @TestHTTPResource("/visits")
    URI visits;

    @TestHTTPResource("/q/health/ready")
    URI ready;

    @TestHTTPResource("/q/health/live")
    URI live;

    @Inject
    MeterRegistry registry;

    @Inject
    Witness witness;

    @AfterEach
    void mend() {
        StubDynamoDb.broken(false);
    }

    @Test
    @DisplayName("an application is ready while sessions can be read, which costs one read")
    void up() throws Exception {
        StubDynamoDb.calls().clear();
        HttpResponse<String> response = Visits.get(Visits.browser(), ready);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).containsPattern("\"dynamosession\",\\s+\"status\": \"UP\"");
        assertThat(StubDynamoDb.calls())
                .singleElement()
                .satisfies(call -> assertThat(call).startsWith("GetItem"));
        assertThat(Visits.get(Visits.browser(), live).body()).doesNotContain("dynamosession");
    }

    @Test
    @DisplayName("an application whose table is missing is not ready, and says no more than the kind of error")
    void down() throws Exception {
        StubDynamoDb.broken(true);
        HttpResponse<String> response = Visits.get(Visits.browser(), ready);
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body())
                .containsPattern("\"dynamosession\",\\s+\"status\": \"DOWN\"")
                .contains("\"error\": \"StoreMisconfiguredException\"")
                .doesNotContain("localhost", "sessions", "no table");
    }

    @Test
    @DisplayName("operations and costs are counted, and observer beans are told too")
    void counts() throws Exception {
        StubDynamoDb.calls().clear();
        witness.operations().clear();
        double before = created();
        assertThat(Visits.get(Visits.browser(), visits).statusCode()).isEqualTo(200);

        assertThat(created()).isEqualTo(before + 1);
        assertThat(registry.getMeters())
                .extracting(meter -> meter.getId().getName())
                .filteredOn(name -> name.startsWith("dynamosession"))
                .contains(
                        "dynamosession.operations",
                        "dynamosession.round.trips",
                        "dynamosession.read.units",
                        "dynamosession.write.units");
        assertThat(registry.getMeters())
                .extracting(Meter::getId)
                .filteredOn(id -> id.getName().startsWith("dynamosession"))
                .allSatisfy(id -> assertThat(id.getTags())
                        .allSatisfy(tag -> assertThat(tag.getKey()).isIn("operation", "result")));
        assertThat(witness.operations()).extracting(StoreOperation::kind).containsExactly(StoreOperation.Kind.CREATE);
        assertThat(StubDynamoDb.calls())
                .singleElement()
                .satisfies(call -> assertThat(call).contains("ReturnConsumedCapacity"));
    }

    private double created() {
        return registry.timer("dynamosession.operations", "operation", "create", "result", "written")
                .count();
    }
}
