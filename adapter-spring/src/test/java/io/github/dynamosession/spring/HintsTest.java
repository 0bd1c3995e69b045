// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.reflection;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.resource;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.GeneratedFiles;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.TypeReference;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.AnnotatedBeanDefinitionReader;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.javapoet.ClassName;
import org.springframework.mock.env.MockPropertySource;
import org.springframework.mock.web.MockServletContext;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.core.userdetails.User;
import org.springframework.web.context.support.GenericWebApplicationContext;

@DisplayName("A native image keeps")
class HintsTest {
    private static final Pattern CLASS = Pattern.compile("\"@class\":\"([^\"]+)\"|\\[\"((?:org|io|com)\\.[^\"]+)\"");

    private final RuntimeHints hints = hints();

    /** As Spring finds them: a registrar that is not in aot.factories would be missed here, too. */
    private static RuntimeHints hints() {
        RuntimeHints hints = new RuntimeHints();
        SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories")
                .load(RuntimeHintsRegistrar.class)
                .stream()
                .filter(SpringSessionHints.class::isInstance)
                .forEach(registrar -> registrar.registerHints(hints, HintsTest.class.getClassLoader()));
        return hints;
    }

    private static boolean isStored(Class<?> type, RuntimeHints hints) {
        return reflection()
                .onType(type)
                .withMemberCategories(
                        MemberCategory.ACCESS_DECLARED_FIELDS, MemberCategory.INVOKE_DECLARED_CONSTRUCTORS)
                .test(hints);
    }

    @Test
    @DisplayName("each class of Spring that a stored value names, with its superclasses")
    void written() throws Exception {
        Set<String> named = new TreeSet<>();
        for (String json : StoredSecurityTest.values().values()) {
            Matcher matcher = CLASS.matcher(json);
            while (matcher.find()) {
                named.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
            }
        }
        assertThat(named).hasSizeGreaterThan(15).contains(User.class.getName());
        for (String name : named) {
            Class<?> type = Class.forName(name);
            if (name.startsWith("org.springframework.")) {
                for (Class<?> current = type;
                        !current.getName().startsWith("java.");
                        current = current.getSuperclass()) {
                    assertThat(isStored(current, hints)).as(current.getName()).isTrue();
                }
            }
        }
    }

    @Test
    @DisplayName("the mix-ins, with the readers and converters that they name, and Spring Security's modules")
    void mixins() throws Exception {
        assertThat(List.of(
                        SecurityGaps.Details.class,
                        SecurityGaps.SavedRequest.class,
                        OAuth2Gaps.Registration.class,
                        OAuth2Gaps.AccessToken.class,
                        Class.forName("org.springframework.security.jackson.UserMixin")))
                .allMatch(mixin -> isStored(mixin, hints));
        assertThat(Stream.of(
                        SecurityGaps.WithoutCookies.class.getName(),
                        OAuth2Gaps.RegistrationReader.class.getName(),
                        "org.springframework.security.jackson.UserDeserializer",
                        "org.springframework.security.jackson.CoreJacksonModule",
                        "org.springframework.security.web.jackson.WebServletJacksonModule",
                        "org.springframework.security.oauth2.client.jackson.OAuth2ClientJacksonModule",
                        BadCredentialsException.class.getName()))
                .allMatch(name -> reflection()
                        .onType(TypeReference.of(name))
                        .withAnyMemberCategory(
                                MemberCategory.INVOKE_DECLARED_CONSTRUCTORS, MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS)
                        .test(hints));
    }

    @Test
    @DisplayName("what tells that Spring registers the filter")
    void resources() {
        assertThat(resource()
                        .forResource("META-INF/dynamosession/filter-registered-by-framework")
                        .test(hints))
                .isTrue();
    }

    record Item(String name) {}

    static class Cart {
        List<Item> items = List.of();

        record Gift(Item item) {}
    }

    static class Basket {
        @Autowired
        Prices prices;
    }

    static class Prices {}

    @Configuration(proxyBeanMethods = false)
    static class App {
        @Bean
        @Scope(scopeName = "session", proxyMode = ScopedProxyMode.TARGET_CLASS)
        Basket basket() {
            return new Basket();
        }

        @Bean
        Prices prices() {
            return new Prices();
        }
    }

    @Test
    @DisplayName(
            "the classes of the application that it allows, and its beans of the session, beside our configuration")
    void application() {
        GenericWebApplicationContext context = new GenericWebApplicationContext(new MockServletContext());
        context.getEnvironment()
                .getPropertySources()
                .addFirst(new MockPropertySource()
                        .withProperty("dynamosession.store", "memory")
                        .withProperty("dynamosession.indexes", "principal")
                        .withProperty("dynamosession.allowed-types", Cart.class.getName() + ",com.shop.*"));
        new AnnotatedBeanDefinitionReader(context)
                .register(App.class, DynamoSessionAutoConfiguration.class, SessionRegistryAutoConfiguration.class);
        InMemoryGeneratedFiles files = new InMemoryGeneratedFiles();
        DefaultGenerationContext generation =
                new DefaultGenerationContext(new ClassNameGenerator(ClassName.get(HintsTest.class)), files);
        new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
        generation.writeGeneratedContent();
        assertThat(files.getGeneratedFiles(GeneratedFiles.Kind.SOURCE).keySet())
                .anyMatch(file -> file.contains("SpringServletSessions__"))
                .anyMatch(file -> file.contains("SessionRegistryAutoConfiguration__"));
        assertThat(List.of(Cart.class, Cart.Gift.class, Basket.class))
                .allMatch(type -> isStored(type, generation.getRuntimeHints()));
    }
}
