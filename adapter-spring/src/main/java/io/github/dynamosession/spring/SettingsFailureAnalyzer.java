// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.settings.ConfigurationException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Shows wrong settings as Spring Boot shows what keeps an application from starting. */
final class SettingsFailureAnalyzer extends AbstractFailureAnalyzer<ConfigurationException> {
    private static final String TABLE_NAME = "dynamosession.table-name";

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable root, ConfigurationException cause) {
        String description =
                "The settings of DynamoSession are wrong:\n\n    - " + String.join("\n    - ", cause.problems());
        boolean noTable = cause.problems().stream().anyMatch(problem -> problem.startsWith(TABLE_NAME));
        String action = noTable
                ? "Choose where sessions are kept, in application.properties:\n\n    " + TABLE_NAME
                        + "=sessions\n    dynamosession.store=memory\n\n"
                        + "The second one is for development: sessions end with the process."
                : "Correct them. dynamosession.enabled=false leaves the sessions to the server.";
        return new FailureAnalysis(description, action, cause);
    }
}
