// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.context.annotation.Requires;
import io.micronaut.core.async.annotation.SingleResult;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Error;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.exceptions.HttpStatusException;
import io.micronaut.session.annotation.SessionValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

@DisplayName("What a method with @SessionValue returns")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReturnedValuesTest {
    private App app;

    @BeforeAll
    void start() {
        app = App.start(App.newTable(), "spec.returned", "true");
    }

    @AfterAll
    void stop() {
        app.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cart", "response", "future", "single", "optional"})
    @DisplayName("is stored, and a client without a session gets one")
    void isStored(String path) {
        Visitor visitor = app.visitor();

        assertThat(visitor.get("/returned/" + path).setCookie()).isNotEmpty();

        assertThat(visitor.text("/returned/stored")).isEqualTo("[" + path + "]");
    }

    @ParameterizedTest
    @CsvSource({
        "thrown, 418",
        "handled, 409",
        "returned, 422",
        "failed-future, 418",
        "missing, 404",
        "unspecific, 410",
        "other, 200"
    })
    @DisplayName("is not what an error answers: the former value stays, and the answer is the application's")
    void errors(String path, int status) {
        Visitor visitor = app.visitor();
        assertThat(visitor.get("/returned/" + path).status())
                .as("without a session")
                .isEqualTo(status);
        assertThat(visitor.cookie()).isNull();
        visitor.text("/returned/cart");

        assertThat(visitor.get("/returned/" + path).status()).isEqualTo(status);

        assertThat(visitor.text("/returned/stored")).isEqualTo("[cart]");
    }

    @Test
    @DisplayName("needs a name to be stored under")
    void name() {
        assertThat(app.visitor().get("/returned/nameless").status()).isEqualTo(500);
    }

    private static List<String> cart(String sku) {
        return List.of(sku);
    }

    /** Puts its values into the session, or answers errors. */
    @Controller("/returned")
    @Requires(property = "spec.returned")
    static class Returning {
        @Get("/cart")
        @SessionValue("cart")
        List<String> value() {
            return cart("cart");
        }

        @Get("/response")
        @SessionValue("cart")
        HttpResponse<List<String>> response() {
            return HttpResponse.accepted().body(cart("response"));
        }

        @Get("/future")
        @SessionValue("cart")
        CompletableFuture<List<String>> future() {
            return CompletableFuture.supplyAsync(() -> cart("future"));
        }

        @Get("/single")
        @SessionValue("cart")
        @SingleResult
        Publisher<List<String>> single() {
            return Mono.fromSupplier(() -> cart("single"));
        }

        @Get("/optional")
        @SessionValue("cart")
        Optional<List<String>> optional() {
            return Optional.of(cart("optional"));
        }

        @Get(value = "/stored", produces = MediaType.TEXT_PLAIN)
        String stored(@SessionValue("cart") List<String> cart) {
            return cart.toString();
        }

        @Get("/thrown")
        @SessionValue("cart")
        List<String> thrown() {
            throw new HttpStatusException(HttpStatus.I_AM_A_TEAPOT, "on purpose");
        }

        @Get("/handled")
        @SessionValue("cart")
        List<String> handled() {
            throw new IllegalStateException("on purpose");
        }

        @Error(IllegalStateException.class)
        HttpResponse<Map<String, String>> handle() {
            return HttpResponse.<Map<String, String>>status(HttpStatus.CONFLICT).body(Map.of("error", "handled"));
        }

        @Get("/returned")
        @SessionValue("cart")
        HttpResponse<?> returned() {
            return HttpResponse.unprocessableEntity().body(Map.of("error", "returned"));
        }

        @Get("/failed-future")
        @SessionValue("cart")
        CompletableFuture<List<String>> failed() {
            return CompletableFuture.supplyAsync(() -> {
                throw new HttpStatusException(HttpStatus.I_AM_A_TEAPOT, "on purpose");
            });
        }

        @Get("/missing")
        @SessionValue("cart")
        @Nullable
        List<String> missing() {
            return null;
        }

        @Get("/unspecific")
        @SessionValue("cart")
        Object unspecific() {
            return HttpResponse.status(HttpStatus.GONE).body("gone");
        }

        @Get(value = "/other", produces = MediaType.APPLICATION_JSON)
        @SessionValue("cart")
        HttpResponse<List<String>> other() {
            HttpResponse<?> other = HttpResponse.ok(Map.of("not", "a cart"));
            @SuppressWarnings("unchecked") // what a careless application does
            HttpResponse<List<String>> response = (HttpResponse<List<String>>) other;
            return response;
        }

        @Get("/nameless")
        @SessionValue
        List<String> nameless() {
            return cart("nameless");
        }
    }
}
