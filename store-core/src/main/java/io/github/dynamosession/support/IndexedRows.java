// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import io.github.dynamosession.spi.IndexType;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Rows that can be found by custom attributes of their sessions. Whatever writes a row keeps what its {@link
 * Row#indexed} answers beside it.
 */
public interface IndexedRows extends ScannableRows {
    /**
     * The index of a custom attribute.
     *
     * @param attribute the attribute's name
     * @return what it takes; empty: the attribute has no index
     */
    Optional<IndexType> index(String attribute);

    /**
     * One step through the rows whose {@link Row#indexed} is a value, in the order of {@link Row#createdAt} and, where
     * that is equal, of keys. An index may lag behind.
     *
     * @param attribute an attribute that has an index
     * @param value what {@link Row#indexed} answers
     * @param position null to start; otherwise the {@link RowPage#next()} of the page before
     * @param limit about how many rows to answer; at least 1
     * @return the rows, possibly none
     */
    CompletionStage<RowPage> select(String attribute, String value, @Nullable String position, int limit);
}
