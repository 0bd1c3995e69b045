// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import io.github.dynamosession.spi.StoreOperation;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/** What the database did for one request, and the headers that say so. Safe for several threads. */
public final class Bill {
    private final List<StoreOperation> operations = new ArrayList<>();

    /**
     * Books an operation.
     *
     * @param operation of this request
     */
    public synchronized void add(StoreOperation operation) {
        operations.add(operation);
    }

    /**
     * Says what has been booked so far.
     *
     * @param header sets a header of the response
     */
    public synchronized void write(BiConsumer<String, String> header) {
        header.accept(
                "X-Demo-Calls",
                Integer.toString(
                        operations.stream().mapToInt(StoreOperation::roundTrips).sum()));
        header.accept(
                "X-Demo-Read-Units",
                units(operations.stream().mapToDouble(StoreOperation::readUnits).sum()));
        header.accept(
                "X-Demo-Write-Units",
                units(operations.stream()
                        .mapToDouble(StoreOperation::writeUnits)
                        .sum()));
        header.accept(
                "X-Demo-Operations",
                operations.stream()
                        .map(operation -> operation.kind().name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(",")));
    }

    private static String units(double units) {
        return new DecimalFormat("0.##", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(units);
    }
}
