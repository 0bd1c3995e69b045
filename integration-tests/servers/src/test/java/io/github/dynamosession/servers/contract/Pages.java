// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers.contract;

import io.github.dynamosession.testkit.ServletVisit;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** What the contract's application says, in each of its folders; as an error page nothing. */
@WebServlet({"/sites/*", Pages.ERROR})
public class Pages extends HttpServlet {
    private static final long serialVersionUID = 1L;

    public static final String ERROR = "/error";

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException, ServletException {
        if (request.getDispatcherType() == DispatcherType.ERROR) {
            return;
        }
        try {
            response.getWriter().print(Sites.answer(request.getRequestURI(), new ServletVisit(request, response)));
        } catch (ServletException | IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ServletException(e);
        }
    }
}
