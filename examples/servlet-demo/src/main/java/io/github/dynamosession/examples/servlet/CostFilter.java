// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;

/**
 * Says in headers which node answered and what the request cost. Outside the session filter, whose save
 * is done when the chain returns; the answers are small enough to be still in the buffer then.
 */
final class CostFilter extends HttpFilter {
    private static final long serialVersionUID = 1L;
    private static final int BUFFER = 64 * 1024;

    private final String node;

    CostFilter(String node) {
        this.node = node;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Cost cost = Cost.begin();
        response.setBufferSize(BUFFER);
        response.setHeader("X-Demo-Node", node);
        try {
            chain.doFilter(request, response);
        } finally {
            Cost.end();
            if (!response.isCommitted()) {
                response.setHeader("X-Demo-Calls", Integer.toString(cost.calls()));
                response.setHeader("X-Demo-Read-Units", units(cost.readUnits()));
                response.setHeader("X-Demo-Write-Units", units(cost.writeUnits()));
                response.setHeader("X-Demo-Operations", cost.what());
            }
        }
    }

    private static String units(double units) {
        return new DecimalFormat("0.##", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(units);
    }
}
