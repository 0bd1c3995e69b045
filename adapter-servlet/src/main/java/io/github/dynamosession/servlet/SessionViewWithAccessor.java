// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.Session;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpSession;
import java.util.function.Consumer;

/**
 * A session in a container of Servlet 6.1: {@link HttpSession#getAccessor}. In one of 6.0 this class is not
 * loaded, so that nobody who looks at a session by reflection meets a type that is not there.
 */
final class SessionViewWithAccessor extends SessionView {
    SessionViewWithAccessor(Session session, RequestState state, ServletContext context) {
        super(session, state, context);
    }

    @Override
    public Accessor getAccessor() {
        Consumer<Consumer<HttpSession>> access = access();
        return access::accept;
    }
}
