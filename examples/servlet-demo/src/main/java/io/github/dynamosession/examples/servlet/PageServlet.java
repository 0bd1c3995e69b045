// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** The page: three files, which never ask for the session. */
final class PageServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private static final Map<String, String> TYPES = Map.of(
            "/", "text/html;charset=utf-8",
            "/demo.css", "text/css;charset=utf-8",
            "/demo.js", "text/javascript;charset=utf-8");

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getServletPath();
        String type = TYPES.get(path);
        if (type == null) {
            response.sendError(HttpServletResponse.SC_NOT_FOUND);
            return;
        }
        response.setContentType(type);
        response.setHeader("Cache-Control", "no-cache");
        response.setHeader(
                "Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'");
        response.setHeader("X-Content-Type-Options", "nosniff");
        String file = "page" + (path.equals("/") ? "/index.html" : path);
        try (InputStream in = PageServlet.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IOException("not on the class path: " + file);
            }
            in.transferTo(response.getOutputStream());
        }
    }
}
