// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionCodec;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("jdk25")
@DisplayName("In a container that answers null wherever it may, as serverless ones do,")
class BareContainerTest {
    static final SessionCodec TEXT = new SessionCodec() {
        @Override
        public int format() {
            return 64;
        }

        @Override
        public byte[] encode(Object value) {
            return value.toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Object decode(byte[] bytes, Type type) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };

    private final List<Cookie> cookies = new ArrayList<>();
    private final Map<String, Object> said = new HashMap<>();
    private final Map<String, Runnable> whenCalled = new HashMap<>();

    /** Answers what was said, and otherwise null, zero or false. */
    private <T> T bare(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(
                BareContainerTest.class.getClassLoader(), new Class<?>[] {type}, (self, called, arguments) -> {
                    whenCalled.getOrDefault(called.getName(), () -> {}).run();
                    if (called.getName().equals("addHeader") && arguments[0].equals("Set-Cookie")) {
                        cookies.add(cookie((String) arguments[1]));
                    }
                    if (called.getName().equals("equals")) {
                        return self == arguments[0];
                    }
                    if (called.getName().equals("hashCode")) {
                        return System.identityHashCode(self);
                    }
                    Object answer = said.get(called.getName());
                    Class<?> result = called.getReturnType();
                    if (answer != null || !result.isPrimitive()) {
                        return answer;
                    }
                    return result == boolean.class ? (Object) false : result == int.class ? (Object) 0 : null;
                }));
    }

    private static Cookie cookie(String header) {
        String[] parts = header.split("; ");
        Cookie cookie = new Cookie(parts[0].split("=", 2)[0], parts[0].split("=", 2)[1]);
        for (String part : List.of(parts).subList(1, parts.length)) {
            String[] attribute = part.split("=", 2);
            cookie.setAttribute(attribute[0], attribute.length == 1 ? "" : attribute[1]);
        }
        return cookie;
    }

    private DynamoSessionFilter filter() throws Exception {
        return filter(settings -> settings);
    }

    private DynamoSessionFilter filter(UnaryOperator<DynamoSessionFilter.Builder> settings) throws Exception {
        DynamoSessionFilter filter = settings.apply(
                        DynamoSessionFilter.builder(SessionManager.builder(new InMemorySessionStore())
                                .codec(TEXT)
                                .build()))
                .build();
        ServletContext context = bare(ServletContext.class);
        said.put("getServletContext", context);
        filter.init(bare(FilterConfig.class));
        said.put("getDispatcherType", DispatcherType.REQUEST);
        return filter;
    }

    private @Nullable Object request(
            DynamoSessionFilter filter, java.util.function.Function<HttpServletRequest, @Nullable Object> page)
            throws Exception {
        Object[] result = new Object[1];
        filter.doFilter(
                bare(HttpServletRequest.class),
                bare(HttpServletResponse.class),
                (request, response) -> result[0] = page.apply((HttpServletRequest) request));
        return result[0];
    }

    @Test
    @DisplayName("a session is made, joined and ended")
    void session() throws Exception {
        DynamoSessionFilter filter = filter();
        assertThat(request(filter, request -> request.getSession(false))).isNull();
        request(filter, request -> {
            request.getSession().setAttribute("a", "1");
            return null;
        });
        assertThat(cookies).isNotEmpty();
        Cookie cookie = cookies.get(cookies.size() - 1);
        assertThat(cookie.getName()).isEqualTo("JSESSIONID");
        assertThat(cookie.getPath()).isEqualTo("/");
        assertThat(cookie.getAttribute("SameSite")).isEqualTo("Lax");
        said.put("getCookies", new Cookie[] {new Cookie("JSESSIONID", cookie.getValue())});
        assertThat(request(filter, request -> {
                    HttpSession session = request.getSession(false);
                    return session.isNew() + " " + session.getAttribute("a") + " "
                            + request.isRequestedSessionIdValid();
                }))
                .isEqualTo("false 1 true");
        request(filter, request -> {
            request.getSession().invalidate();
            return null;
        });
        assertThat(request(filter, request -> request.getSession(false))).isNull();
    }

    @Test
    @DisplayName("the cookie is for TLS only where the scheme says that the client came by it")
    void secure() throws Exception {
        DynamoSessionFilter filter = filter();
        for (String scheme : List.of("http", "https")) {
            said.put("getScheme", scheme);
            request(filter, request -> {
                request.getSession().setAttribute("a", "1");
                return null;
            });
            assertThat(cookies.get(cookies.size() - 1).getSecure()).as(scheme).isEqualTo(scheme.equals("https"));
        }
    }

    @Test
    @DisplayName("or is older than Servlet 6.0, the filter says what is needed, whatever number the container gives")
    void tooOld() throws Exception {
        said.put("getMajorVersion", 4);
        assertThat(filter()).isNotNull();
        ServletContext context = bare(ServletContext.class);
        assertThatThrownBy(() -> DynamoSessionFilter.requireServlet6(context, CookieOfServlet5.class))
                .isInstanceOf(ServletException.class)
                .hasMessageContaining("Servlet 6.0 or later")
                .hasMessageEndingWith("Servlet 4.0");
    }

    /** What it lacks is {@link Cookie#setAttribute}. */
    private static final class CookieOfServlet5 {}

    @Test
    @DisplayName("an attribute that is not to be stored lives for one request, as the object that it is")
    void unstored() throws Exception {
        DynamoSessionFilter filter = filter(settings -> settings.unstoredAttributes("here"));
        Object value = new Object();
        request(filter, request -> {
            HttpSession session = request.getSession();
            session.setAttribute("a", "1");
            assertThat(session.getAttribute("here")).isNull();
            session.setAttribute("here", value);
            assertThat(request.getSession().getAttribute("here")).isSameAs(value);
            assertThat(Collections.list(session.getAttributeNames())).containsExactlyInAnyOrder("a", "here");
            session.removeAttribute("here");
            assertThat(session.getAttribute("here")).isNull();
            session.setAttribute("here", value);
            return null;
        });
        Cookie cookie = cookies.get(cookies.size() - 1);
        said.put("getCookies", new Cookie[] {new Cookie("JSESSIONID", cookie.getValue())});
        assertThat(request(
                        filter,
                        request -> Collections.list(request.getSession(false).getAttributeNames())))
                .isEqualTo(List.of("a"));
    }

    @Test
    @DisplayName("a value that is not to be stored lives for one request, and takes the place of a stored one")
    void unstoredValues() throws Exception {
        DynamoSessionFilter filter = filter(settings -> settings.unstoredValues(Thread.class::isInstance));
        request(filter, request -> {
            request.getSession().setAttribute("here", "1");
            return null;
        });
        said.put("getCookies", new Cookie[] {
            new Cookie("JSESSIONID", cookies.get(cookies.size() - 1).getValue())
        });
        request(filter, request -> {
            HttpSession session = request.getSession();
            session.setAttribute("here", Thread.currentThread());
            assertThat(session.getAttribute("here")).isSameAs(Thread.currentThread());
            assertThat(Collections.list(session.getAttributeNames())).containsExactly("here");
            return null;
        });
        request(filter, request -> {
            HttpSession session = request.getSession();
            assertThat(session.getAttribute("here")).isNull();
            session.setAttribute("here", Thread.currentThread());
            session.setAttribute("here", "2");
            assertThat(session.getAttribute("here")).isEqualTo("2");
            session.setAttribute("here", Thread.currentThread());
            session.removeAttribute("here");
            assertThat(session.getAttribute("here")).isNull();
            session.setAttribute("here", "3");
            return null;
        });
        assertThat(request(filter, request -> request.getSession().getAttribute("here")))
                .isEqualTo("3");
    }

    @Test
    @DisplayName("the cookie keeps its name through a login if the container leaves that name alone")
    void name() throws Exception {
        assertThat(nameAfterLogin(filter())).isEqualTo("JSESSIONID_APP");
        assertThat(nameAfterLogin(filter(settings -> settings.containersNameIsFree(true))))
                .isEqualTo("JSESSIONID");
    }

    private String nameAfterLogin(DynamoSessionFilter filter) throws Exception {
        said.remove("getUserPrincipal");
        said.remove("getCookies");
        request(filter, request -> {
            request.getSession().setAttribute("a", "1");
            return null;
        });
        Cookie cookie = cookies.get(cookies.size() - 1);
        said.put("getCookies", new Cookie[] {cookie});
        request(filter, request -> {
            try {
                said.put("getUserPrincipal", (Principal) () -> "alice");
                request.login("alice", "secret");
            } catch (ServletException e) {
                throw new IllegalStateException(e);
            }
            return null;
        });
        return cookies.get(cookies.size() - 1).getName();
    }

    @Test
    @DisplayName("two threads of a request may ask for its user at once, and the session stays ours")
    void users() throws Exception {
        DynamoSessionFilter filter = filter();
        CountDownLatch bothIn = new CountDownLatch(2);
        CountDownLatch firstOut = new CountDownLatch(1);
        Thread first = Thread.currentThread();
        whenCalled.put("getUserPrincipal", () -> {
            try {
                bothIn.countDown();
                bothIn.await();
                if (Thread.currentThread() != first) {
                    firstOut.await();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        request(filter, request -> {
            HttpSession session = request.getSession();
            Thread second = new Thread(() -> {
                // Enters after the first one has: the order in which a wrapper would remember them.
                while (bothIn.getCount() != 1) {
                    Thread.onSpinWait();
                }
                request.getUserPrincipal();
            });
            second.start();
            request.getUserPrincipal();
            firstOut.countDown();
            join(second);
            assertThat(request.getSession(false)).isSameAs(session);
            return null;
        });
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
