// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers.contract;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import org.junit.jupiter.engine.JupiterTestEngine;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs the contract. A record for each test: its name, how it ended, and what it said. */
@WebServlet("/do/*")
public class Runner extends HttpServlet {
    private static final long serialVersionUID = 1L;

    /** Between the fields of a record. */
    public static final String FIELD = "\u001f";

    /** After each record. */
    public static final String RECORD = "\u001e";

    /** Of a test that was not run, for want of something. */
    public static final String SKIPPED = TestExecutionResult.Status.ABORTED.name();

    /** Of a test that was run and has not failed. */
    public static final String PASSED = TestExecutionResult.Status.SUCCESSFUL.name();

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain");
        response.setCharacterEncoding("UTF-8");
        if (request.getPathInfo().equals("/ready")) {
            response.getWriter().print("ready");
            return;
        }
        Sites.at(URI.create("http://localhost:" + request.getLocalPort() + request.getContextPath()));
        LauncherConfig itself = LauncherConfig.builder()
                .enableTestEngineAutoRegistration(false)
                .enableLauncherSessionListenerAutoRegistration(false)
                .enableLauncherDiscoveryListenerAutoRegistration(false)
                .enableTestExecutionListenerAutoRegistration(false)
                .enablePostDiscoveryFilterAutoRegistration(false)
                .addTestEngines(new JupiterTestEngine())
                .build();
        LauncherFactory.create(itself)
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(DiscoverySelectors.selectClass(FilterContract.class))
                                .build(),
                        new Report(response.getWriter()));
    }

    private record Report(PrintWriter writer) implements TestExecutionListener {
        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            StringWriter said = new StringWriter();
            result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(new PrintWriter(said)));
            String status = result.getStatus().name();
            if (test.isTest() || !status.equals(PASSED)) {
                writer.print(test.getDisplayName() + FIELD + status + FIELD + said + RECORD);
                // Who waits for the answer waits for its beginning only.
                writer.flush();
            }
        }
    }
}
