// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.examples.servlet.Shop;
import io.github.dynamosession.servlet.DynamoSessions;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.authentication.session.ChangeSessionIdAuthenticationStrategy;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.stereotype.Component;

/** What both controllers do with the session. */
@Component
class ShopSessions {
    private final SessionManager sessions;
    private final SecurityContextRepository contexts;

    ShopSessions(SessionManager sessions, SecurityContextRepository contexts) {
        this.sessions = sessions;
        this.contexts = contexts;
    }

    /**
     * Changes an attribute so that no change of another request is lost, and answers the value as it is
     * stored. Saved at once and not with the response, because the answer is to tell that value; at the
     * end nothing is left to save.
     */
    <T> T change(HttpServletRequest request, String name, Class<T> type, Function<Optional<T>, T> change) {
        Session session = DynamoSessions.session(request);
        T after = session.compute(name, type, change).orElseThrow();
        // A new session is left to the filter, which also hands out its id.
        boolean stored = !session.isNew() && sessions.save(session) == SaveOutcome.SAVED;
        return stored ? session.get(name, type).orElse(after) : after;
    }

    /** As Spring Security's filters do it: another id for the session, then the login in it. */
    void login(String user, HttpServletRequest request, HttpServletResponse response) {
        Authentication login = UsernamePasswordAuthenticationToken.authenticated(
                user, null, AuthorityUtils.createAuthorityList("ROLE_CUSTOMER"));
        request.getSession().removeAttribute(Shop.USER);
        new ChangeSessionIdAuthenticationStrategy().onAuthentication(login, request, response);
        SecurityContextImpl context = new SecurityContextImpl(login);
        SecurityContextHolder.setContext(context);
        contexts.saveContext(context, request, response);
    }

    static void logout(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        if (session != null) {
            session.invalidate();
        }
        SecurityContextHolder.clearContext();
    }
}
