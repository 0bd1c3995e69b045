// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.Serializable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.springframework.web.context.request.SessionScope;

/** Spring's own proxies and callbacks, as its own scope of the session makes them. */
@DisplayName("What Spring makes of a bean, put into a session by hand or by Spring's own scope,")
class ProxiesTest {
    private static final String PACKAGE = ProxiesTest.class.getPackageName();
    private static final List<SessionCodec> CODECS = List.of(
            JsonCodec.builder().allowPackage(PACKAGE).build(),
            JavaCodec.builder()
                    .allow(PACKAGE + ".*")
                    .allow(Proxy.class.getName())
                    .build());

    private final MockHttpServletRequest request = new MockHttpServletRequest();
    private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

    /** What callers see of a cart. */
    public interface Priced {
        List<String> items();

        void add(String item);
    }

    /** Data, with a method that an aspect is around. */
    public static class Cart implements Priced, Serializable {
        private static final long serialVersionUID = 1L;

        private final List<String> items = new ArrayList<>();

        @Override
        public List<String> items() {
            return items;
        }

        @Override
        @Audit
        public void add(String item) {
            items.add(item);
        }
    }

    /** Has to be released. */
    public static class Held extends Cart implements AutoCloseable {
        private static final long serialVersionUID = 1L;

        @Override
        public void close() {}
    }

    @Retention(RetentionPolicy.RUNTIME)
    @interface Audit {}

    record Lazily(Priced cart) {}

    @Configuration
    static class Beans {
        @Bean
        static DefaultAdvisorAutoProxyCreator creator() {
            return new DefaultAdvisorAutoProxyCreator();
        }

        @Bean
        static DefaultPointcutAdvisor audit() {
            return new DefaultPointcutAdvisor(
                    AnnotationMatchingPointcut.forMethodAnnotation(Audit.class),
                    (MethodInterceptor) invocation -> invocation.proceed());
        }

        @Bean
        Priced byInterface() {
            return new Cart();
        }

        @Bean
        static Cart byClass() {
            ProxyFactory factory = new ProxyFactory(new Cart());
            factory.setProxyTargetClass(true);
            factory.addAdvice((MethodInterceptor) invocation -> invocation.proceed());
            return (Cart) factory.getProxy();
        }

        @Bean
        @Scope(scopeName = "session", proxyMode = ScopedProxyMode.TARGET_CLASS)
        static Cart scopedByClass() {
            return new Cart();
        }

        @Bean
        @Scope(scopeName = "session", proxyMode = ScopedProxyMode.INTERFACES)
        static Priced scopedByInterface() {
            return new Cart();
        }

        @Bean
        static Lazily lazily(@Lazy @Qualifier("byInterface") Priced cart) {
            return new Lazily(cart);
        }

        @Bean
        @Scope("session")
        static Held held() {
            return new Held();
        }

        @Bean(destroyMethod = "")
        @Scope("session")
        static Held kept() {
            return new Held();
        }
    }

    @BeforeEach
    void start() {
        context.getBeanFactory().registerScope("session", new SessionScope());
        context.register(Beans.class);
        context.refresh();
        RequestContextHolder.setRequestAttributes(new ServletRequestAttributes(request));
    }

    @AfterEach
    void stop() {
        RequestContextHolder.resetRequestAttributes();
        context.close();
    }

    static Stream<String> proxies() {
        return Stream.of("byInterface", "byClass", "scopedByInterface", "scopedByClass", "lazily");
    }

    private Object proxy(String name) {
        Object bean = context.getBean(name);
        return bean instanceof Lazily lazily ? lazily.cart() : bean;
    }

    @ParameterizedTest
    @MethodSource("proxies")
    @DisplayName("is refused if it is a proxy, although its package is allowed, with advice that makes it storable")
    void refused(String name) throws Exception {
        Object proxy = proxy(name);
        assertThat(proxy).isInstanceOf(Advised.class);
        ((Priced) proxy).add("apple");
        for (SessionCodec codec : CODECS) {
            Object behind = proxy;
            while (behind instanceof Advised advised) {
                Object refused = behind;
                assertThatThrownBy(() -> codec.encode(refused))
                        .isInstanceOf(UnstorableValueException.class)
                        .hasMessageContaining("((Advised) proxy).getTargetSource().getTarget()")
                        .hasMessageContaining("dynamosession-adapter-spring")
                        .hasMessageNotContaining("allowed-types");
                behind = advised.getTargetSource().getTarget();
            }
            assertThat(behind).isExactlyInstanceOf(Cart.class);
            Cart again = (Cart) codec.decode(codec.encode(behind), Cart.class);
            assertThat(again.items()).containsExactly("apple");
        }
    }

    @Test
    @DisplayName("is refused if it is a @Configuration class")
    void configuration() {
        Object configuration = context.getBean(Beans.class);
        assertThat(configuration.getClass()).isNotEqualTo(Beans.class);
        assertThatThrownBy(() -> CODECS.get(0).encode(configuration))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("proxy that a framework made of " + Beans.class.getName());
    }

    @Test
    @DisplayName("is refused if it is a destruction callback, and the advice leaves none")
    void destructionCallbacks() {
        context.getBean("held");
        List<Object> callbacks =
                values().stream().filter(value -> !(value instanceof Priced)).toList();
        assertThat(callbacks).hasSize(1);
        for (SessionCodec codec : CODECS) {
            assertThatThrownBy(() -> codec.encode(callbacks.get(0)))
                    .isInstanceOf(UnstorableValueException.class)
                    .hasMessageContaining("dynamosession-adapter-spring")
                    .hasMessageContaining("@Bean(destroyMethod = \"\")")
                    .hasMessageNotContaining("allowed-types");
        }
        request.getSession().invalidate();
        context.getBean("kept");
        assertThat(values()).hasSize(1).hasOnlyElementsOfType(Priced.class);
    }

    private List<Object> values() {
        return Collections.list(request.getSession().getAttributeNames()).stream()
                .map(name -> request.getSession().getAttribute(name))
                .toList();
    }
}
