// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import java.util.List;
import java.util.Optional;

/**
 * One step of a {@linkplain ScannableRows#scan scan}.
 *
 * @param rows the rows of this step, possibly none
 * @param next where the next step goes on; empty: this was the last one
 */
public record RowPage(List<Row> rows, Optional<String> next) {
    /**
     * A page.
     *
     * @param rows copied
     * @param next empty if there are no more rows
     */
    public RowPage {
        rows = List.copyOf(rows);
    }

    /** Shows neither rows nor the position, which may be a key. */
    @Override
    public String toString() {
        return "RowPage[" + rows.size() + " rows, " + (next.isPresent() ? "more to come" : "the last") + "]";
    }
}
