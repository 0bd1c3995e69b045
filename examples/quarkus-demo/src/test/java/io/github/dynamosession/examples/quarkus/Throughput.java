// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.github.dynamosession.examples.servlet.RouteLoad;
import io.quarkus.test.common.http.TestHTTPResource;
import java.net.URI;
import org.junit.jupiter.api.Test;

/** The stock handler over its local store, and the extension. Not run with the tests: docs/benchmarks.md. */
abstract class Throughput {
    @TestHTTPResource("/")
    URI base;

    @Test
    void measure() throws Exception {
        System.out.println(getClass().getSimpleName());
        RouteLoad.compare(LoadRoutes.routes(base.getPort()));
    }
}
