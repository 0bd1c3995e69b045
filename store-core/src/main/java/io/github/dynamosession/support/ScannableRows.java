// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Rows that can be looked through, so that expired sessions can be swept. */
public interface ScannableRows extends SessionRows {
    /**
     * One step of a pass over all rows. A pass meets each row that is stored from its beginning to its end; rows that
     * come and go meanwhile may be met or not.
     *
     * @param position null to start; otherwise the {@link RowPage#next()} of the page before
     * @param limit about how many rows to look at; at least 1
     * @return the rows, possibly none
     */
    CompletionStage<RowPage> scan(@Nullable String position, int limit);
}
