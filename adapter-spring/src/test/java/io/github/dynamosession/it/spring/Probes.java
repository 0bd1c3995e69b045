// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import jakarta.annotation.PreDestroy;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.aopalliance.intercept.MethodInterceptor;
import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.error.ErrorAttributeOptions;
import org.springframework.boot.webmvc.error.DefaultErrorAttributes;
import org.springframework.boot.webmvc.error.ErrorAttributes;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.config.annotation.web.configurers.SessionManagementConfigurer;
import org.springframework.security.core.session.AbstractSessionEvent;
import org.springframework.security.core.session.SessionRegistry;
import org.springframework.security.core.session.SessionRegistryImpl;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.WebAttributes;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.SessionAttributes;
import org.springframework.web.bind.support.SessionStatus;
import org.springframework.web.context.annotation.SessionScope;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.servlet.View;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Pages for what Spring does with sessions. */
@Configuration(proxyBeanMethods = false)
@Import({
    Probes.Asynchronous.class,
    Probes.Wizard.class,
    Probes.Scoped.class,
    Probes.Basket.class,
    Probes.Audited.class,
    Probes.Needy.class,
    Probes.Flash.class
})
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
    static class Basket {
        private final List<String> items = new ArrayList<>();

        @Autowired
        private Prices prices;

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
            return prices.of(String.join(",", items)) + " " + currency + " " + asked;
        }

        @PreDestroy
        void giveBack() {
            prices.returned.add(String.join(",", items));
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
