// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

/** What became of {@link SessionStore#create}. */
public sealed interface CreateOutcome {
    /**
     * The session is stored.
     *
     * @param version its version, 1 unless somebody changed it since
     */
    record Written(long version) implements CreateOutcome {}

    /** The key is taken; nothing was changed. */
    record Exists() implements CreateOutcome {}
}
