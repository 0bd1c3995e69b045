// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.UnstorableValueException;
import jakarta.servlet.http.Cookie;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.security.web.csrf.DefaultCsrfToken;
import org.springframework.security.web.savedrequest.DefaultSavedRequest;
import org.springframework.security.web.savedrequest.SavedCookie;

@DisplayName("What Spring Security puts into a session")
class SpringSecurityTest {
    /** The list that the documentation gives. */
    private static String[] documented() throws Exception {
        String text = Files.readString(Path.of("../docs/codec-java.md"));
        return text.split("```allowed-types\n", -1)[1]
                .split("```", -1)[0]
                .strip()
                .split("\\s+");
    }

    private static Map<String, Object> attributes() {
        User user = new User("ada", "{noop}secret", AuthorityUtils.createAuthorityList("ROLE_USER", "ROLE_ADMIN"));
        UsernamePasswordAuthenticationToken token =
                UsernamePasswordAuthenticationToken.authenticated(user, null, user.getAuthorities());
        token.setDetails(new WebAuthenticationDetails("127.0.0.1", null));
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("SPRING_SECURITY_CONTEXT", new SecurityContextImpl(token));
        attributes.put("CSRF", new DefaultCsrfToken("X-CSRF-TOKEN", "_csrf", "token"));
        attributes.put("SPRING_SECURITY_SAVED_REQUEST", savedRequest());
        attributes.put("SPRING_SECURITY_LAST_EXCEPTION", new BadCredentialsException("Bad credentials"));
        return attributes;
    }

    private static DefaultSavedRequest savedRequest() {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.put("Accept", new ArrayList<>(List.of("text/html")));
        Map<String, String[]> parameters = new TreeMap<>();
        parameters.put("q", new String[] {"1", "2"});
        return new DefaultSavedRequest.Builder()
                .setScheme("https")
                .setServerName("shop.example")
                .setServerPort(443)
                .setMethod("GET")
                .setRequestURI("/cart")
                .setRequestURL("https://shop.example/cart")
                .setCookies(new ArrayList<>(List.of(new SavedCookie(new Cookie("a", "b")))))
                .setHeaders(headers)
                .setLocales(new ArrayList<>(List.of(Locale.GERMANY)))
                .setParameters(parameters)
                .build();
    }

    private static SessionManager manager(InMemorySessionStore store, JavaCodec fallback) {
        return SessionManager.builder(store)
                .codec(JsonCodec.builder().build())
                .fallbackCodec(fallback)
                .requiredAttributes("SPRING_SECURITY_CONTEXT")
                .build();
    }

    @Test
    @DisplayName("is stored with the documented list, beside JSON, comes back equal, and is not written by reads")
    void documentedList() throws Exception {
        InMemorySessionStore store = new InMemorySessionStore();
        SessionManager sessions =
                manager(store, JavaCodec.builder().allow(documented()).build());
        Session session = sessions.newSession();
        attributes().forEach(session::set);
        session.set("cart", new ArrayList<>(List.of("sku-1")));
        sessions.save(session);
        for (int i = 0; i < 1_000; i++) {
            Session request = sessions.open(session.cookieValue()).orElseThrow();
            request.names().forEach(request::get);
            assertThat(sessions.save(request)).isEqualTo(SaveOutcome.UNCHANGED);
        }
        Session request = sessions.open(session.cookieValue()).orElseThrow();
        assertThat(request.get("SPRING_SECURITY_CONTEXT")).contains(attributes().get("SPRING_SECURITY_CONTEXT"));
        DefaultSavedRequest saved = request.get("SPRING_SECURITY_SAVED_REQUEST", DefaultSavedRequest.class)
                .orElseThrow();
        assertThat(saved.getRedirectUrl()).isEqualTo(savedRequest().getRedirectUrl());
        assertThat(saved.getParameterValues("q")).containsExactly("1", "2");
        assertThat(request.get("CSRF", DefaultCsrfToken.class).orElseThrow().getToken())
                .isEqualTo("token");
        assertThat(request.get("SPRING_SECURITY_LAST_EXCEPTION", BadCredentialsException.class)
                        .orElseThrow()
                        .getMessage())
                .isEqualTo("Bad credentials");
        assertThat(sessions.open(session.cookieValue()).orElseThrow().get("cart"))
                .contains(List.of("sku-1"));
    }

    @Test
    @DisplayName("needs each entry of that list: without it something is refused, in words that name it")
    void nothingTooMuch() throws Exception {
        List<String> list = List.of(documented());
        for (String left : list) {
            List<String> others = new ArrayList<>(list);
            others.remove(left);
            Session session = manager(
                            new InMemorySessionStore(),
                            JavaCodec.builder()
                                    .allow(others.toArray(String[]::new))
                                    .build())
                    .newSession();
            assertThatThrownBy(() -> attributes().forEach(session::set))
                    .as(left)
                    .isInstanceOf(UnstorableValueException.class)
                    .hasMessageContaining(left + " is not allowed");
        }
    }
}
