// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.List;
import java.util.Optional;

/**
 * One step through an index.
 *
 * @param keys where sessions are that the index shows; a hint: they may have moved, ended or changed since
 * @param next where the next step goes on; empty: this was the last one
 */
public record IndexPage(List<SessionKey> keys, Optional<String> next) {
    /**
     * A page.
     *
     * @param keys copied
     * @param next empty if there is no more
     */
    public IndexPage {
        keys = List.copyOf(keys);
    }

    /** Shows neither keys nor the position, which may hold one. */
    @Override
    public String toString() {
        return "IndexPage[" + keys.size() + " keys, " + (next.isPresent() ? "more to come" : "the last") + "]";
    }
}
