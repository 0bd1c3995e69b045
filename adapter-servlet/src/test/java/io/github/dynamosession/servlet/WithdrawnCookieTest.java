// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.web.CookieState;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The container's cookie is taken out of a response again")
class WithdrawnCookieTest {
    private static final String THEIRS = "JSESSIONID=theirs; Path=/";

    private final List<String> headers = new ArrayList<>(List.of("other=1", THEIRS));

    private static <T> T fake(Class<T> type, InvocationHandler answers) {
        return type.cast(Proxy.newProxyInstance(
                WithdrawnCookieTest.class.getClassLoader(), new Class<?>[] {type}, (self, called, arguments) -> {
                    Object answer = answers.invoke(self, called, arguments);
                    return answer == null && called.getReturnType() == boolean.class ? (Object) false : answer;
                }));
    }

    private final ServletContext context = fake(
            ServletContext.class, (self, called, arguments) -> called.getReturnType() == int.class ? (Object) 0 : null);
    private final SessionCookie cookie = new SessionCookie(
            context, SessionSettings.builder().build().cookie(), new ContainerSessions(context, false));

    /** @param removes whether a null header is removed, as since Servlet 6.1; before nothing happens */
    private HttpServletResponse response(boolean removes) {
        return fake(HttpServletResponse.class, (self, called, arguments) -> {
            switch (called.getName()) {
                case "getHeaders" -> {
                    return List.copyOf(headers);
                }
                case "setHeader" -> {
                    if (arguments[1] != null || removes) {
                        headers.clear();
                    }
                    if (arguments[1] != null) {
                        headers.add((String) arguments[1]);
                    }
                }
                case "addHeader" -> headers.add((String) arguments[1]);
                default -> {}
            }
            return null;
        });
    }

    private static HttpServletRequest request(Cookie... cookies) {
        return fake(HttpServletRequest.class, (self, called, arguments) -> switch (called.getName()) {
            case "getCookies" -> cookies;
            case "getContextPath" -> "";
            default -> null;
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("without the others")
    void others(boolean removes) {
        cookie.withdraw(request(), response(removes), "theirs", null);
        assertThat(headers).containsExactly("other=1");
    }

    @Test
    @DisplayName("alone, where a header can be removed")
    void alone() {
        headers.remove("other=1");
        cookie.withdraw(request(new Cookie("JSESSIONID", "ours")), response(true), "theirs", null);
        assertThat(headers).isEmpty();
    }

    @Test
    @DisplayName("by what the client sent, where no header can be removed: before Servlet 6.1")
    void overwritten() {
        headers.remove("other=1");
        cookie.withdraw(request(new Cookie("JSESSIONID", "ours")), response(false), "theirs", null);
        assertThat(headers).singleElement().asString().startsWith("JSESSIONID=ours; ");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("and ours is in its place if this response sets it")
    void replaced(boolean removes) {
        HttpServletResponse response = response(removes);
        SessionCookie.Sent sent = cookie.send(response, new CookieState.Set("new", OptionalLong.empty()), false, null);
        headers.clear();
        headers.add(THEIRS);
        cookie.withdraw(request(), response, "theirs", sent);
        assertThat(headers).singleElement().asString().startsWith("JSESSIONID=new; ");
    }
}
