// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.settings;

import io.github.dynamosession.spi.SessionException;
import java.util.List;

/** The configuration is wrong; the message lists every problem with the name of the setting. */
public final class ConfigurationException extends SessionException {
    private static final long serialVersionUID = 1L;

    /** Each problem, one sentence. */
    private final List<String> problems;

    /**
     * All problems together.
     *
     * @param problems at least one, each naming its setting or builder call
     */
    public ConfigurationException(List<String> problems) {
        super("DynamoSession cannot start:\n  - " + String.join("\n  - ", problems), null);
        this.problems = List.copyOf(problems);
    }

    /**
     * The problems, one by one.
     *
     * @return not empty, unmodifiable
     */
    public List<String> problems() {
        return problems;
    }
}
