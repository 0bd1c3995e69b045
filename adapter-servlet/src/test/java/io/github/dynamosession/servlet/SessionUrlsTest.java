// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("jdk25")
@DisplayName("An id in a URL")
class SessionUrlsTest {
    private static HttpServletRequest request(String scheme, int port, String uri) {
        Map<String, Object> answers = Map.of(
                "getScheme",
                scheme,
                "getServerName",
                "shop.example",
                "getServerPort",
                port,
                "getRequestURI",
                uri,
                "getDispatcherType",
                DispatcherType.REQUEST,
                "isRequestedSessionIdFromURL",
                false);
        return (HttpServletRequest) Proxy.newProxyInstance(
                SessionUrlsTest.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (self, called, arguments) -> answers.get(called.getName()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "x x;s=ID",
                "/app /app;s=ID",
                "/app/ /app/;s=ID",
                "/app;s=OLD/x /app/x;s=ID",
                "x;s=OLD;s=OLDER;v=1?a x;v=1;s=ID?a",
                "x;v=1 x;v=1;s=ID",
                "'' /app/dir/page;s=ID",
                "?a=b /app/dir/page;s=ID?a=b",
                "?a=/x;y#z /app/dir/page;s=ID?a=/x;y#z",
                ".. ..;s=ID",
                "../../x ../../x",
                "../../app/x ../../app/x;s=ID",
                "../../../../../app/x ../../../../../app/x;s=ID",
                "./x ./x;s=ID",
                "/app/../other /app/../other",
                "/other/../app/x /other/../app/x;s=ID",
                "/apple /apple",
                "/app%2Fx /app%2Fx",
                "//shop.example/app/x //shop.example/app/x;s=ID",
                "//evil.example/app/x //evil.example/app/x",
                "http://shop.example/app http://shop.example/app;s=ID",
                "HTTP://SHOP.example:80/app HTTP://SHOP.example:80/app;s=ID",
                "http://shop.example:8080/app http://shop.example:8080/app",
                "http://shop.example@evil.example/app http://shop.example@evil.example/app",
                "http://evil.example/http://shop.example/app http://evil.example/http://shop.example/app",
                "http://shop.example http://shop.example",
                "http:/app/x http:/app/x",
                "data:text/plain,x data:text/plain,x",
                "a|b{c} a|b{c};s=ID"
            })
    @DisplayName("is put there if the URL leads to this application, whatever it looks like")
    void encode(String url, String expected) {
        SessionUrls urls = new SessionUrls(true, "s", "/app");
        assertThat(urls.encode(url, "ID", request("http", 80, "/app/dir;v=2/page;s=OLD")))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/\\evil.example/x",
                "\\\\evil.example/app/x",
                "/\t/evil.example/x",
                "//evil.example/\nx",
                "\r//evil.example/x",
                " //evil.example/x",
                " https://evil.example/x",
                "ht\ntps://evil.example/x",
                "\u0000//evil.example/x"
            })
    @DisplayName("does not go where a browser goes that takes a backslash for a slash and leaves out blanks")
    void elsewhere(String url) {
        for (String context : new String[] {"", "/app"}) {
            SessionUrls urls = new SessionUrls(true, "s", context);
            assertThat(urls.encode(url, "ID", request("https", 443, "/app/dir/page")))
                    .isEqualTo(url);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/app/%2e%2E/other", "/app/.%2e/other", "../%2e%2e/other"})
    @DisplayName("does not leave the application by encoded dots")
    void dots(String url) {
        SessionUrls urls = new SessionUrls(true, "s", "/app");
        assertThat(urls.encode(url, "ID", request("https", 443, "/app/dir/page")))
                .isEqualTo(url);
    }

    @Test
    @DisplayName("takes the place of however many that are there")
    void many() {
        SessionUrls urls = new SessionUrls(true, "s", "/app");
        assertThat(urls.encode("/app/x" + ";s=A".repeat(200_000), "ID", request("https", 443, "/app/page")))
                .isEqualTo("/app/x;s=ID");
    }

    @Test
    @DisplayName("is put there in the root application, too")
    void root() {
        SessionUrls urls = new SessionUrls(true, "s", "");
        HttpServletRequest request = request("https", 443, "/page");
        assertThat(urls.encode("/x", "ID", request)).isEqualTo("/x;s=ID");
        assertThat(urls.encode("https://shop.example", "ID", request)).isEqualTo("https://shop.example/;s=ID");
        assertThat(urls.encode("https://shop.example?a", "ID", request)).isEqualTo("https://shop.example/;s=ID?a");
        assertThat(urls.encode("http://shop.example/", "ID", request)).isEqualTo("http://shop.example/");
    }

    @ParameterizedTest
    @CsvSource({
        "/app/x, ''",
        "/app/x;s=A, A",
        "/app;s=A/x, A",
        "/app/x;t=1;s=A;u=2, A",
        "/app/x;ss=A;S=B, ''",
        "/app/x;s=, ''",
        "/app;s=A/x;s=B/y;s=C, 'A,B'"
    })
    @DisplayName("is found wherever it is, and not more than two are")
    void values(String uri, String expected) {
        SessionUrls urls = new SessionUrls(true, "s", "/app");
        assertThat(String.join(",", urls.values(request("http", 80, uri)))).isEqualTo(expected);
    }

    @Test
    @DisplayName("is nothing to an application that did not choose that")
    void off() {
        SessionUrls urls = new SessionUrls(false, "s", "/app");
        HttpServletRequest request = request("http", 80, "/app/x;s=A");
        assertThat(urls.values(request)).isEmpty();
        assertThat(urls.encode("/app/x", "ID", request)).isEqualTo("/app/x");
    }
}
