// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.serverless.proxy.AwsHttpApiV2SecurityContextWriter;
import com.amazonaws.serverless.proxy.AwsProxyExceptionHandler;
import com.amazonaws.serverless.proxy.AwsProxySecurityContextWriter;
import com.amazonaws.serverless.proxy.RequestReader;
import com.amazonaws.serverless.proxy.SecurityContextWriter;
import com.amazonaws.serverless.proxy.internal.LambdaContainerHandler;
import com.amazonaws.serverless.proxy.internal.servlet.AwsHttpApiV2HttpServletRequestReader;
import com.amazonaws.serverless.proxy.internal.servlet.AwsHttpServletRequest;
import com.amazonaws.serverless.proxy.internal.servlet.AwsHttpServletResponse;
import com.amazonaws.serverless.proxy.internal.servlet.AwsLambdaServletContainerHandler;
import com.amazonaws.serverless.proxy.internal.servlet.AwsProxyHttpServletRequestReader;
import com.amazonaws.serverless.proxy.internal.servlet.AwsProxyHttpServletResponseWriter;
import com.amazonaws.serverless.proxy.internal.servlet.AwsServletContext;
import com.amazonaws.serverless.proxy.model.AwsProxyRequest;
import com.amazonaws.serverless.proxy.model.AwsProxyResponse;
import com.amazonaws.serverless.proxy.model.HttpApiV2ProxyRequest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.servers.application.Listeners;
import io.github.dynamosession.servers.application.Pages;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.testkit.EmbeddedDynamoDb;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** The container of {@code aws-serverless-java-container}, in this process, given the events that Lambda gives it. */
@EmbeddedDynamoDb
@DisplayName("In AWS Lambda's container:")
class LambdaTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String COOKIE = "JSESSIONID";

    private final List<AutoCloseable> open = new ArrayList<>();
    private DynamoDbClient dynamoDb;

    @BeforeEach
    void client(DynamoDbClient client) {
        dynamoDb = client;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    /** The container has no {@code AsyncContext.start(Runnable)}. */
    private static final class PagesAndThread extends Pages {
        private static final long serialVersionUID = 1L;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response)
                throws IOException, ServletException {
            if (!request.getPathInfo().equals("/thread")) {
                super.doGet(request, response);
                return;
            }
            AsyncContext async = request.startAsync();
            new Thread(() -> {
                        HttpServletRequest same = (HttpServletRequest) async.getRequest();
                        same.getSession().setAttribute("a", same.getParameter("value"));
                        async.complete();
                    })
                    .start();
        }
    }

    /** What calls a function, and how it writes the event. */
    enum Caller {
        REST_API(() -> new Function<>(
                AwsProxyRequest.class,
                new AwsProxyHttpServletRequestReader(),
                new AwsProxySecurityContextWriter(),
                new AwsProxyHttpServletResponseWriter())) {
            @Override
            ObjectNode event(String page, Map<String, String> headers) {
                ObjectNode event = event1(page, headers);
                ObjectNode context = event.putObject("requestContext");
                context.put("apiId", "api")
                        .put("requestId", "1")
                        .put("stage", "prod")
                        .put("protocol", "HTTP/1.1");
                context.putObject("identity").put("sourceIp", "127.0.0.1");
                return event;
            }
        },
        LOAD_BALANCER(REST_API.function) {
            @Override
            ObjectNode event(String page, Map<String, String> headers) {
                ObjectNode event = event1(page, headers);
                event.putObject("requestContext")
                        .putObject("elb")
                        .put("targetGroupArn", "arn:aws:elasticloadbalancing");
                return event;
            }
        },
        HTTP_API(() -> new Function<>(
                HttpApiV2ProxyRequest.class,
                new AwsHttpApiV2HttpServletRequestReader(),
                new AwsHttpApiV2SecurityContextWriter(),
                new AwsProxyHttpServletResponseWriter(true))) {
            @Override
            ObjectNode event(String page, Map<String, String> headers) {
                String[] parts = page.split("\\?", 2);
                ObjectNode event = JSON.createObjectNode();
                event.put("version", "2.0").put("routeKey", "$default").put("rawPath", parts[0]);
                event.put("rawQueryString", parts.length == 1 ? "" : parts[1]).put("isBase64Encoded", false);
                headers.forEach((name, value) -> {
                    if (name.equals("Cookie")) {
                        event.putArray("cookies").add(value);
                    } else {
                        event.withObjectProperty("headers").put(name.toLowerCase(java.util.Locale.ROOT), value);
                    }
                });
                ObjectNode context = event.putObject("requestContext");
                context.put("apiId", "api").put("requestId", "1").put("stage", "$default");
                ObjectNode http = context.putObject("http");
                http.put("method", "GET").put("path", parts[0]).put("protocol", "HTTP/1.1");
                http.put("sourceIp", "127.0.0.1").put("userAgent", "test");
                return event;
            }
        };

        private final Supplier<Function<?>> function;

        Caller(Supplier<Function<?>> function) {
            this.function = function;
        }

        abstract ObjectNode event(String page, Map<String, String> headers);

        private static ObjectNode event1(String page, Map<String, String> headers) {
            String[] parts = page.split("\\?", 2);
            ObjectNode event = JSON.createObjectNode();
            event.put("path", parts[0]).put("httpMethod", "GET").put("isBase64Encoded", false);
            headers.forEach((name, value) ->
                    event.withObjectProperty("multiValueHeaders").putArray(name).add(value));
            if (parts.length == 2) {
                String[] parameter = parts[1].split("=", 2);
                event.putObject("multiValueQueryStringParameters")
                        .putArray(parameter[0])
                        .add(parameter[1]);
            }
            return event;
        }
    }

    /** The function's code, as an application without a framework writes it. */
    private static final class Function<Q>
            extends AwsLambdaServletContainerHandler<Q, AwsProxyResponse, HttpServletRequest, AwsHttpServletResponse> {
        Function(
                Class<Q> requests,
                RequestReader<Q, HttpServletRequest> reader,
                SecurityContextWriter<Q> security,
                AwsProxyHttpServletResponseWriter writer) {
            super(requests, AwsProxyResponse.class, reader, writer, security, new AwsProxyExceptionHandler());
        }

        @Override
        protected AwsHttpServletResponse getContainerResponse(HttpServletRequest request, CountDownLatch latch) {
            return new AwsHttpServletResponse(request, latch);
        }

        @Override
        protected void handleRequest(
                HttpServletRequest request,
                AwsHttpServletResponse response,
                com.amazonaws.services.lambda.runtime.@Nullable Context lambda)
                throws Exception {
            AwsHttpServletRequest own = (AwsHttpServletRequest) request;
            own.setServletContext(getServletContext());
            own.setResponse(response); // which startAsync() wants
            doFilter(
                    request,
                    response,
                    ((AwsServletContext) getServletContext()).getServletForPath(request.getPathInfo()));
        }
    }

    /** A function that Lambda keeps warm. */
    private final class Instance {
        private final Caller caller;
        private final LambdaContainerHandler<?, ?, ?, ?> function;

        Instance(Caller caller, Filter filter, Map<String, String> settings) throws Exception {
            this.caller = caller;
            Function<?> made = caller.function.get();
            function = made;
            made.onStartup(context -> register(context, filter, settings));
            made.initialize();
        }

        private static void register(ServletContext context, Filter filter, Map<String, String> settings) {
            FilterRegistration.Dynamic registration = context.addFilter("sessions", filter);
            registration.setInitParameters(settings);
            registration.setAsyncSupported(true);
            registration.addMappingForUrlPatterns(
                    EnumSet.of(DispatcherType.REQUEST, DispatcherType.ERROR, DispatcherType.ASYNC), false, "/*");
            ServletRegistration.Dynamic pages = context.addServlet("pages", new PagesAndThread());
            pages.addMapping("/*");
            pages.setLoadOnStartup(1); // others are never initialized
        }

        Answer get(Visitor visitor, String page) throws IOException {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ObjectNode event = caller.event(page, visitor.headers());
            function.proxyStream(new ByteArrayInputStream(JSON.writeValueAsBytes(event)), out, null);
            Answer answer = new Answer(caller, JSON.readTree(out.toByteArray()));
            visitor.keep(answer);
            return answer;
        }
    }

    private record Answer(Caller caller, JsonNode json) {
        int status() {
            return json.path("statusCode").asInt();
        }

        String body() {
            return json.path("body").asText();
        }

        /** What API Gateway and load balancers take as headers. */
        List<String> setCookies() {
            List<String> all = new ArrayList<>();
            if (caller == Caller.HTTP_API) {
                JsonNode one = json.path("headers").path("Set-Cookie");
                if (one.isTextual()) {
                    all.add(one.asText());
                }
            } else {
                json.path("multiValueHeaders").path("Set-Cookie").forEach(one -> all.add(one.asText()));
            }
            return all;
        }
    }

    /** A browser in front of the gateway. */
    private static final class Visitor {
        private final String scheme;
        private @Nullable String id;

        Visitor(String scheme) {
            this.scheme = scheme;
        }

        Visitor copy() {
            Visitor copy = new Visitor(scheme);
            copy.id = id;
            return copy;
        }

        Map<String, String> headers() {
            return id == null
                    ? Map.of("X-Forwarded-Proto", scheme, "Host", "localhost")
                    : Map.of("X-Forwarded-Proto", scheme, "Host", "localhost", "Cookie", COOKIE + "=" + id);
        }

        void keep(Answer answer) {
            for (String header : answer.setCookies()) {
                String value = header.substring((COOKIE + "=").length(), header.indexOf(';'));
                id = value.isEmpty() ? null : value;
            }
        }
    }

    private Instance instance(Caller caller) throws Exception {
        SessionManager sessions = SessionManager.builder(DynamoDbSessionStore.builder()
                        .client(dynamoDb)
                        .tableName("lambda")
                        .createTable(true)
                        .build())
                .codec(JsonCodec.builder().build())
                .build();
        open.add(sessions);
        return new Instance(
                caller,
                DynamoSessionFilter.builder(sessions).listener(new Listeners()).build(),
                Map.of());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a session is the same in two instances, until it ends; a login gives it a new id")
    void life(Caller caller) throws Exception {
        Instance one = instance(caller);
        Instance two = instance(caller);
        Visitor visitor = new Visitor("https");
        assertThat(one.get(visitor, "/put?value=1").setCookies()).hasSize(1);
        assertThat(two.get(visitor, "/get").body()).isEqualTo("1");
        assertThat(two.get(visitor, "/id").body()).isEqualTo("true");
        assertThat(two.get(new Visitor("https"), "/get").body()).isEqualTo("none");
        Visitor before = visitor.copy();
        assertThat(two.get(visitor, "/enter?value=2").setCookies()).hasSize(1);
        assertThat(visitor.id).isNotEqualTo(before.id);
        assertThat(one.get(visitor, "/get").body()).isEqualTo("2");
        assertThat(one.get(before, "/get").body()).isNotEqualTo("2");
        Visitor stranger = new Visitor("https");
        assertThat(one.get(stranger, "/enter?value=3").setCookies()).hasSize(1);
        assertThat(two.get(stranger, "/get").body()).isEqualTo("3");
        Visitor thief = visitor.copy();
        assertThat(one.get(visitor, "/leave").setCookies()).hasSize(1);
        assertThat(visitor.id).isNull();
        assertThat(two.get(thief, "/get").body()).isEqualTo("none");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("the cookie is for TLS only where the client came by it, as X-Forwarded-Proto says")
    void secure(Caller caller) throws Exception {
        Instance one = instance(caller);
        for (String scheme : List.of("http", "https")) {
            List<String> cookies = one.get(new Visitor(scheme), "/put?value=1").setCookies();
            assertThat(cookies).hasSize(1);
            assertThat(List.of(cookies.get(0).toLowerCase(java.util.Locale.ROOT).split("; ?")))
                    .as(scheme)
                    .contains("path=/", "httponly", "samesite=lax")
                    .noneMatch(attribute -> attribute.startsWith("expires") || attribute.startsWith("max-age"))
                    .matches(attributes -> attributes.contains("secure") == scheme.equals("https"));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a session is saved, and its cookie sent, however the response ends")
    void anyEnd(Caller caller) throws Exception {
        Instance one = instance(caller);
        Instance two = instance(caller);
        for (String page : List.of("flush", "large", "redirect", "error", "thread", "reset")) {
            Visitor visitor = new Visitor("https");
            assertThat(one.get(visitor, "/" + page + "?value=" + page).setCookies())
                    .as(page)
                    .hasSize(1);
            assertThat(two.get(visitor, "/get").body()).as(page).isEqualTo(page);
            assertThat(one.get(visitor, "/" + page + "?value=2").setCookies())
                    .as(page)
                    .isEmpty();
            assertThat(two.get(visitor, "/get").body()).as(page).isEqualTo("2");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a session is saved if the application fails, though the container drops all that the response had")
    void failure(Caller caller) throws Exception {
        Instance one = instance(caller);
        Visitor visitor = new Visitor("https");
        one.get(visitor, "/put?value=1");
        Answer answer = one.get(visitor, "/exception?value=2");
        assertThat(answer.status()).isEqualTo(502);
        assertThat(one.get(visitor, "/get").body()).isEqualTo("2");
        assertThat(one.get(new Visitor("https"), "/exception?value=3").setCookies())
                .isEmpty();
    }

    @Test
    @DisplayName("listeners that are registered in code are told")
    void listeners() throws Exception {
        assertThat(instance(Caller.REST_API)
                        .get(new Visitor("https"), "/events-of-a-life")
                        .body())
                .isEqualTo("created added replaced id removed destroyed");
    }

    @Test
    @DisplayName("a filter of its own settings runs, too")
    void settings() throws Exception {
        DynamoSessionFilter filter = new DynamoSessionFilter();
        open.add(filter::destroy);
        Instance one = new Instance(Caller.REST_API, filter, Map.of("store", "memory"));
        Visitor visitor = new Visitor("https");
        one.get(visitor, "/put?value=1");
        assertThat(one.get(visitor, "/get").body()).isEqualTo("1");
    }
}
