// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.testkit.MovableClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("What a request costs, in operations and capacity units")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CostTest {
    private final MovableClock clock = new MovableClock();
    private App app;
    private Visitor visitor;

    @BeforeAll
    void start(@TempDir Path files) throws IOException {
        Files.writeString(files.resolve("logo.svg"), "<svg/>");
        app = App.start(
                clock,
                App.newTable(),
                "micronaut.router.static-resources.files.paths",
                "file:" + files,
                "micronaut.router.static-resources.files.mapping",
                "/files/**");
    }

    @AfterAll
    void stop() {
        app.close();
    }

    @BeforeEach
    void visit() {
        visitor = app.visitor();
        visitor.text("/shop/put/name/Ada");
        app.operations();
    }

    private String cost() {
        List<StoreOperation> operations = app.operations();
        return operations.stream()
                .map(operation -> operation.kind() + " " + operation.result() + " " + operation.readUnits() + "r "
                        + operation.writeUnits() + "w in " + operation.roundTrips())
                .collect(Collectors.joining(", "));
    }

    @Test
    @DisplayName("without a cookie: nothing, whether or not the controller asks for the session")
    void withoutACookie() {
        app.visitor().text("/shop/nothing");
        app.visitor().text("/shop/empty");
        app.visitor().text("/shop/get/name");
        app.visitor().text("/shop/optional");

        assertThat(cost()).isEmpty();
    }

    @Test
    @DisplayName("with a cookie that is none of ours: nothing")
    void withSomebodyElsesCookie() {
        new Visitor(app.uri(), "Zm9v").text("/shop/get/name");
        new Visitor(app.uri(), "%%%not-base64%%%").text("/shop/get/name");

        assertThat(cost()).isEmpty();
    }

    @Test
    @DisplayName("for a file: nothing")
    void forAFile() {
        assertThat(visitor.text("/files/logo.svg")).isEqualTo("<svg/>");

        assertThat(cost()).isEmpty();
    }

    @Test
    @DisplayName("where there is neither a route nor a file: one read, because an error handler may use the session")
    void forNothing() {
        assertThat(visitor.get("/nowhere").status()).isEqualTo(404);

        assertThat(cost()).isEqualTo("FIND FOUND 1.0r 0.0w in 1");
    }

    @Test
    @DisplayName("reading: one read, no write")
    void reading() {
        visitor.text("/shop/get/name");
        assertThat(cost()).isEqualTo("FIND FOUND 1.0r 0.0w in 1");

        visitor.text("/shop/value");
        assertThat(cost()).isEqualTo("FIND FOUND 1.0r 0.0w in 1");
    }

    @Test
    @DisplayName("reading a mutable object without changing it: one read, no write")
    void readingAMutableObject() {
        visitor.text("/shop/cart/new");
        cost();

        visitor.text("/shop/cart");

        assertThat(cost()).isEqualTo("FIND FOUND 1.0r 0.0w in 1");
    }

    @Test
    @DisplayName("with a cookie and a controller that does not ask for the session: the framework's one read")
    void notAskingForTheSession() {
        visitor.text("/shop/nothing");

        assertThat(cost()).isEqualTo("FIND FOUND 1.0r 0.0w in 1");
    }

    @Test
    @DisplayName("changing: one read, one write; putting what is there already: no write")
    void changing() {
        visitor.text("/shop/put/name/Bob");
        assertThat(cost()).isEqualTo("FIND FOUND 1.0r 0.0w in 1, UPDATE WRITTEN 0.0r 1.0w in 1");

        visitor.text("/shop/put/name/Bob");
        assertThat(cost()).isEqualTo("FIND FOUND 1.0r 0.0w in 1");
    }

    @Test
    @DisplayName("a new session: one write")
    void creating() {
        app.visitor().text("/shop/put/name/Ada");

        assertThat(cost()).isEqualTo("CREATE WRITTEN 0.0r 1.0w in 1");
    }

    @Test
    @DisplayName("ending a session: one read, one write")
    void ending() {
        visitor.text("/shop/delete");

        assertThat(cost()).isEqualTo("FIND FOUND 1.0r 0.0w in 1, DELETE DELETED 0.0r 1.0w in 1");
    }

    @Test
    @DisplayName("changing the id: one read, two writes")
    void changingTheId() {
        visitor.text("/shop/rotate");

        assertThat(cost()).isEqualTo("FIND FOUND 1.0r 0.0w in 1, CHANGE_KEY WRITTEN 0.0r 2.0w in 2");
    }

    @Test
    @DisplayName("a session of 5 MB: one unit where nobody asks for what is large")
    void fiveMegabytes() {
        long start = System.nanoTime();
        String large = visitor.text("/shop/fill/5242880");
        System.out.println("5 MB, Micronaut, put: " + (System.nanoTime() - start) / 1_000_000 + " ms");
        assertThat(app.operations().stream()
                        .mapToDouble(StoreOperation::writeUnits)
                        .sum())
                .isBetween(5_000.0, 5_300.0);
        visitor.text("/shop/put/name/Bob");
        assertThat(cost()).isEqualTo("FIND FOUND 1.0r 0.0w in 1, UPDATE WRITTEN 0.0r 1.0w in 1");
        start = System.nanoTime();
        assertThat(visitor.text("/shop/large")).isEqualTo(large);
        System.out.println("5 MB, Micronaut, get: " + (System.nanoTime() - start) / 1_000_000 + " ms");
        assertThat(app.operations())
                .extracting(StoreOperation::kind)
                .containsExactly(StoreOperation.Kind.FIND, StoreOperation.Kind.GET_PART);
        visitor.text("/shop/rotate");
        assertThat(cost()).isEqualTo("FIND FOUND 1.0r 0.0w in 1, CHANGE_KEY WRITTEN 0.0r 2.0w in 2");
        assertThat(visitor.text("/shop/large")).isEqualTo(large);
        app.operations();
    }

    @Test
    @DisplayName("mere use is recorded once per touch interval, and keeps the session alive")
    void touching() {
        for (int i = 0; i < 20; i++) {
            clock.advance(Duration.ofMinutes(2));
            visitor.text("/shop/get/name");
        }
        List<StoreOperation> operations = app.operations();

        assertThat(operations)
                .filteredOn(o -> o.kind() == StoreOperation.Kind.FIND)
                .hasSize(20);
        assertThat(operations)
                .filteredOn(o -> o.kind() != StoreOperation.Kind.FIND)
                .hasSizeBetween(8, 11)
                .allSatisfy(touch -> assertThat(touch.kind()).isEqualTo(StoreOperation.Kind.TOUCH));
        assertThat(visitor.text("/shop/get/name")).isEqualTo("Ada");

        clock.advance(Duration.ofMinutes(40));
        assertThat(visitor.text("/shop/get/name")).isEqualTo("none");
    }
}
