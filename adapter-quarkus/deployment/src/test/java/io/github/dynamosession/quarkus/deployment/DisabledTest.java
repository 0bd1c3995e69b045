// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.quarkus.builder.Version;
import io.quarkus.maven.dependency.Dependency;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("With dynamosession.enabled=false")
class DisabledTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .setForcedDependencies(List.of(Dependency.of("io.quarkus", "quarkus-undertow", Version.getVersion())))
            .withApplicationRoot(jar -> jar.addClass(Browser.class))
            .overrideConfigKey("dynamosession.enabled", "false");

    @WebServlet("/session")
    public static class OfTheContainer extends HttpServlet {
        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.getWriter().print(request.getSession().getClass().getName());
        }
    }

    @TestHTTPResource("/")
    URI home;

    @Inject
    Instance<SessionManager> managers;

    @Test
    @DisplayName("an application starts without a table, and its sessions are the container's")
    void leavesNothing() {
        assertThat(new Browser(home).get("session").body()).startsWith("io.undertow.");
        assertThat(managers.isUnsatisfied()).isTrue();
    }
}
