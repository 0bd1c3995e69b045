// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.micronaut;

import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.session.Session;

/** What {@link Throughput} asks for. About 1 KB in each session. */
@Controller(value = "/load", produces = MediaType.TEXT_PLAIN)
class LoadController {
    @Get("/none")
    String none() {
        return "somebody";
    }

    @Get("/login")
    String login(Session session) {
        session.put("user", "somebody");
        for (int line = 0; line < 8; line++) {
            session.put("line" + line, "x".repeat(80));
        }
        return "welcome";
    }

    @Get("/read")
    String read(Session session) {
        return session.get("user", String.class).orElse("nobody");
    }

    @Get("/change")
    String change(Session session) {
        String value = Long.toString(System.nanoTime());
        session.put("line0", value);
        return value;
    }
}
