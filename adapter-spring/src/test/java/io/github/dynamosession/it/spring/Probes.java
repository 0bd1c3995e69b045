// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.servlet.DynamoSessions;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.web.error.ErrorAttributeOptions;
import org.springframework.boot.web.servlet.ServletListenerRegistrationBean;
import org.springframework.boot.webmvc.error.DefaultErrorAttributes;
import org.springframework.boot.webmvc.error.ErrorAttributes;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.config.annotation.web.configurers.SessionManagementConfigurer;
import org.springframework.security.core.session.AbstractSessionEvent;
import org.springframework.security.core.session.SessionInformation;
import org.springframework.security.core.session.SessionRegistry;
import org.springframework.security.core.session.SessionRegistryImpl;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.WebAttributes;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.SessionAttributes;
import org.springframework.web.bind.support.SessionStatus;
import org.springframework.web.context.annotation.SessionScope;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.servlet.View;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketHandlerRegistry;
import org.springframework.web.socket.handler.TextWebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;
import org.springframework.web.socket.server.standard.StandardWebSocketUpgradeStrategy;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;
import org.springframework.web.util.HttpSessionMutexListener;
import org.springframework.web.util.WebUtils;

/** Pages for what Spring does with sessions. */
@Configuration(proxyBeanMethods = false)
@Import({
    Probes.Asynchronous.class,
    Probes.Wizard.class,
    Probes.Scoped.class,
    Probes.Basket.class,
    Probes.Audited.class,
    Probes.Needy.class,
    Probes.Flash.class,
    Probes.OfUser.class,
    Probes.Waiting.class,
    Probes.Chat.class,
    Probes.Mutexes.class
})
@EnableWebSocket
class Probes {
    /** What an error page sees. */
    @Bean
    ErrorAttributes errorAttributes() {
        return new DefaultErrorAttributes() {
            @Override
            public Map<String, Object> getErrorAttributes(WebRequest request, ErrorAttributeOptions options) {
                Map<String, Object> attributes = super.getErrorAttributes(request, options);
                attributes.put("user", String.valueOf(request.getRemoteUser()));
                attributes.put("seen", String.valueOf(request.getAttribute("seen", WebRequest.SCOPE_SESSION)));
                return attributes;
            }
        };
    }

    @Bean
    @ConditionalOnProperty(name = "shop.own-registry", matchIfMissing = true)
    SessionRegistry sessionRegistry() {
        return new SessionRegistryImpl();
    }

    @Bean
    Events events() {
        return new Events();
    }

    /** What Spring's publisher of session events has told. */
    static final class Events implements ApplicationListener<AbstractSessionEvent> {
        final List<String> told = new CopyOnWriteArrayList<>();

        @Override
        public void onApplicationEvent(AbstractSessionEvent event) {
            told.add(event.getClass().getSimpleName());
        }
    }

    // Logins without a token in the session, one for each of Spring Security's ways of changing the id.

    @Bean
    @org.springframework.core.annotation.Order(1)
    SecurityFilterChain changing(HttpSecurity http) {
        return login(http, "/change", SessionManagementConfigurer.SessionFixationConfigurer::changeSessionId);
    }

    @Bean
    @org.springframework.core.annotation.Order(2)
    SecurityFilterChain migrating(HttpSecurity http) {
        return login(http, "/migrate", SessionManagementConfigurer.SessionFixationConfigurer::migrateSession);
    }

    @Bean
    @org.springframework.core.annotation.Order(3)
    SecurityFilterChain beginning(HttpSecurity http) {
        return login(http, "/fresh", SessionManagementConfigurer.SessionFixationConfigurer::newSession);
    }

    private static SecurityFilterChain login(
            HttpSecurity http,
            String path,
            Customizer<SessionManagementConfigurer<HttpSecurity>.SessionFixationConfigurer> change) {
        return http.securityMatcher(path + "/**")
                .csrf(CsrfConfigurer::disable)
                .formLogin(login -> login.loginProcessingUrl(path + "/login"))
                .sessionManagement(sessions -> sessions.sessionFixation(change))
                .build();
    }

    @RestController
    static class Asynchronous {
        @GetMapping("/set")
        String set(HttpSession session, @RequestParam String value) {
            session.setAttribute("seen", value);
            return "set";
        }

        @GetMapping("/large/put")
        String putLarge(HttpSession session) {
            session.setAttribute("large", LargeValue.TEXT);
            return "put";
        }

        @GetMapping("/large")
        String large(HttpSession session) {
            return LargeValue.digest(session.getAttribute("large"));
        }

        @GetMapping("/seen")
        String seen(HttpServletRequest request) {
            HttpSession session = request.getSession(false);
            return session == null ? "no session" : String.valueOf(session.getAttribute("seen"));
        }

        /** What a page tells after a failed login. */
        @GetMapping("/failure")
        String failure(HttpSession session) {
            return String.valueOf(session.getAttribute(WebAttributes.AUTHENTICATION_EXCEPTION));
        }

        @GetMapping("/boom")
        String boom(HttpSession session) {
            session.setAttribute("seen", "before the failure");
            throw new IllegalStateException("boom");
        }

        @GetMapping("/thread")
        String thread() {
            return Thread.currentThread().toString();
        }

        @GetMapping("/callable")
        Callable<String> callable(HttpSession session) {
            return () -> {
                session.setAttribute("seen", "callable");
                return "done";
            };
        }

        @GetMapping("/deferred")
        DeferredResult<String> deferred(HttpSession session) {
            DeferredResult<String> result = new DeferredResult<>();
            CompletableFuture.runAsync(() -> {
                session.setAttribute("seen", "deferred");
                result.setResult("done");
            });
            return result;
        }

        @GetMapping("/sse")
        SseEmitter sse(HttpSession session) {
            SseEmitter emitter = new SseEmitter();
            CompletableFuture.runAsync(() -> {
                try {
                    emitter.send("one");
                    session.setAttribute("seen", "sse");
                    emitter.send("two");
                    emitter.complete();
                } catch (Exception e) {
                    emitter.completeWithError(e);
                }
            });
            return emitter;
        }

        @PostMapping("/upload")
        String upload(@RequestParam MultipartFile file, HttpSession session) throws IOException {
            session.setAttribute("seen", file.getOriginalFilename());
            return new String(file.getBytes(), java.nio.charset.StandardCharsets.US_ASCII);
        }

        @GetMapping("/stream")
        StreamingResponseBody stream(HttpSession session) {
            return out -> {
                session.setAttribute("seen", "stream");
                out.write("x".repeat(100_000).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            };
        }
    }

    /** The form that a wizard fills in over several requests. */
    static class Order {
        private final List<String> steps = new ArrayList<>();

        List<String> steps() {
            return steps;
        }
    }

    @Controller
    @SessionAttributes("order")
    static class Wizard {
        @ModelAttribute("order")
        Order order() {
            return new Order();
        }

        @GetMapping("/wizard")
        View step(@ModelAttribute("order") Order order, @RequestParam String step) {
            order.steps().add(step);
            return text(String.join(",", order.steps()));
        }

        /** The body is sent before Spring stores the attributes. */
        @GetMapping("/wizard/body")
        @ResponseBody
        String body(@ModelAttribute("order") Order order, @RequestParam String step) {
            order.steps().add(step);
            return String.join(",", order.steps());
        }

        @GetMapping("/wizard/end")
        View end(SessionStatus status) {
            status.setComplete();
            return text("ended");
        }

        /** A view, not a body: behind a body Spring stores the attributes too late for the next request. */
        private static View text(String text) {
            return (model, request, response) -> response.getWriter().print(text);
        }
    }

    /** A service of the application, which is no data. */
    @Bean
    Prices prices() {
        return new Prices();
    }

    static final class Prices {
        final List<String> returned = new CopyOnWriteArrayList<>();

        String of(String items) {
            return items.length() + " EUR";
        }
    }

    /** A bean of the session: Spring keeps it as the attribute {@code scopedTarget.basket}. */
    @SessionScope
    @org.springframework.stereotype.Component("basket")
    static class Basket implements AutoCloseable {
        private final List<String> items = new ArrayList<>();

        @Autowired
        private Prices prices;

        @Inject
        private Prices pricesToo;

        @Resource
        private Prices pricesAgain;

        @Value("${shop.currency:EUR}")
        private String currency;

        private transient int asked;

        void put(String item) {
            items.add(item);
        }

        String list() {
            asked++;
            return String.join(",", items);
        }

        String price() {
            return prices.of(String.join(",", items)) + " " + currency + " " + asked
                    + (pricesToo == prices && pricesAgain == prices);
        }

        @PreDestroy
        void giveBack() {
            prices.returned.add(String.join(",", items));
        }

        @Override
        public void close() {
            prices.returned.add("closed " + String.join(",", items));
        }
    }

    /** A bean of the session with an aspect, behind a proxy of Spring's. */
    @SessionScope
    @org.springframework.stereotype.Component("audited")
    static class Audited {
        private final List<String> calls = new ArrayList<>();

        @Audit
        String call(String name) {
            calls.add(name);
            return String.join(",", calls);
        }
    }

    @Retention(RetentionPolicy.RUNTIME)
    @interface Audit {}

    @Bean
    static DefaultAdvisorAutoProxyCreator proxies() {
        DefaultAdvisorAutoProxyCreator creator = new DefaultAdvisorAutoProxyCreator();
        creator.setProxyTargetClass(true);
        return creator;
    }

    @Bean
    static DefaultPointcutAdvisor audit() {
        MethodInterceptor advice = invocation -> "audited:" + invocation.proceed();
        return new DefaultPointcutAdvisor(AnnotationMatchingPointcut.forMethodAnnotation(Audit.class), advice);
    }

    /** One that cannot be stored: Spring injects into its constructor. */
    @SessionScope
    @org.springframework.stereotype.Component("needy")
    static class Needy {
        private final Prices prices;

        Needy(Prices prices) {
            this.prices = prices;
        }

        String price() {
            return prices.of("x");
        }
    }

    @RestController
    static class Scoped {
        private final Basket basket;
        private final Audited audited;
        private final ObjectProvider<Needy> needy;

        Scoped(Basket basket, Audited audited, ObjectProvider<Needy> needy) {
            this.basket = basket;
            this.audited = audited;
            this.needy = needy;
        }

        @GetMapping("/price")
        String price() {
            return basket.price();
        }

        @GetMapping("/audited")
        String audited(@RequestParam String call) {
            return audited.call(call);
        }

        @GetMapping("/needy")
        String needy() {
            try {
                return needy.getObject().price();
            } catch (BeansException e) {
                return e.getMessage();
            }
        }

        @GetMapping("/end")
        String end(HttpSession session) {
            session.invalidate();
            return "ended";
        }

        @GetMapping("/basket")
        String put(@RequestParam String item) {
            basket.put(item);
            return basket.list();
        }
    }

    /** Spring's lock of a session, which is no data. */
    @RestController
    static class Mutexes {
        @Bean
        static ServletListenerRegistrationBean<HttpSessionMutexListener> mutexListener() {
            return new ServletListenerRegistrationBean<>(new HttpSessionMutexListener());
        }

        @GetMapping("/mutex")
        String lock(HttpSession session) {
            synchronized (WebUtils.getSessionMutex(session)) {
                Object seen = session.getAttribute("seen");
                session.setAttribute("seen", seen == null ? "1" : seen + "1");
                return String.valueOf(session.getAttribute("seen"));
            }
        }
    }

    /** A WebSocket that goes on with the session of its handshake. */
    @Configuration(proxyBeanMethods = false)
    static class Chat extends TextWebSocketHandler implements WebSocketConfigurer, HandshakeInterceptor {
        @Override
        public void registerWebSocketHandlers(WebSocketHandlerRegistry registry) {
            // Both servers are on the class path, so that Spring would take Jetty's own for either.
            registry.addHandler(this, "/chat")
                    .addInterceptors(this)
                    .setHandshakeHandler(new DefaultHandshakeHandler(new StandardWebSocketUpgradeStrategy()));
        }

        @Override
        public boolean beforeHandshake(
                ServerHttpRequest request,
                ServerHttpResponse response,
                WebSocketHandler handler,
                Map<String, Object> attributes) {
            HttpSession session =
                    ((ServletServerHttpRequest) request).getServletRequest().getSession();
            session.setAttribute("seen", "handshake");
            attributes.put("session", session.getAccessor());
            return true;
        }

        @Override
        public void afterHandshake(
                ServerHttpRequest request,
                ServerHttpResponse response,
                WebSocketHandler handler,
                @Nullable Exception failure) {}

        @Override
        protected void handleTextMessage(WebSocketSession socket, TextMessage message) throws IOException {
            HttpSession.Accessor accessor =
                    (HttpSession.Accessor) socket.getAttributes().get("session");
            try {
                accessor.access(session -> session.setAttribute("seen", message.getPayload()));
                socket.sendMessage(new TextMessage("stored"));
            } catch (IllegalStateException ended) {
                socket.close(CloseStatus.POLICY_VIOLATION);
            }
        }
    }

    /** What the sessions of a user are asked for in a request. */
    @RestController
    static class OfUser {
        private final SessionManager sessions;
        private final ObjectProvider<SessionRegistry> registry;

        OfUser(SessionManager sessions, ObjectProvider<SessionRegistry> registry) {
            this.sessions = sessions;
            this.registry = registry;
        }

        @GetMapping("/registry")
        String ids(Principal user) {
            return registry.getObject().getAllSessions(user, false).stream()
                    .map(SessionInformation::getSessionId)
                    .collect(Collectors.joining(","));
        }

        @GetMapping("/registry/expire")
        boolean expire(HttpSession session) {
            SessionInformation own = registry.getObject().getSessionInformation(session.getId());
            own.expireNow();
            return own.isExpired()
                    && registry.getObject()
                            .getSessionInformation(session.getId())
                            .isExpired();
        }

        /** Logs out everywhere but here. */
        @GetMapping("/everywhere")
        int everywhere(Principal user, HttpServletRequest request) {
            return sessions.endAllBy(SessionManager.PRINCIPAL, user.getName(), DynamoSessions.session(request));
        }
    }

    /** A page that takes long. */
    @RestController
    static class Waiting {
        final Semaphore arrived = new Semaphore(0);
        final Semaphore go = new Semaphore(0);

        @GetMapping("/wait")
        String waiting(HttpSession session) throws InterruptedException {
            session.setAttribute("seen", "waiting");
            arrived.release();
            if (!go.tryAcquire(1, TimeUnit.MINUTES)) {
                throw new IllegalStateException("nobody let this page go on");
            }
            return "waited";
        }
    }

    @Controller
    static class Flash {
        @GetMapping("/flash")
        String put(RedirectAttributes attributes) {
            attributes.addFlashAttribute("message", "saved");
            return "redirect:/flash/show";
        }

        @GetMapping("/flash/show")
        @ResponseBody
        String show(Model model) {
            return String.valueOf(model.getAttribute("message"));
        }
    }
}
