// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The architecture: arrows point one way")
@Tag("jdk25")
class ArchitectureTest {
    private static final String ROOT = "io.github.dynamosession";
    private static final String ENGINE = ROOT + ".engine";
    private static final DescribedPredicate<JavaClass> OURS = resideInAPackage(ROOT + "..");
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(location -> !location.contains("/test-classes/"))
            .importPackages(ROOT);

    /** So that no rule below holds merely because there was nothing to look at. */
    @ParameterizedTest(name = "{0} is looked at")
    @DisplayName("every published module")
    @ValueSource(
            strings = {
                "",
                ".web",
                ".engine",
                ".settings",
                ".crypto",
                ".spi",
                ".memory",
                ".support",
                ".dynamodb",
                ".testkit",
                ".codec.internal",
                ".codec.java",
                ".codec.json",
                ".codec.msgpack",
                ".metrics",
                ".servlet",
                ".spring",
                ".micronaut",
                ".vertx",
                ".quarkus",
                ".quarkus.deployment"
            })
    void looksAtAllModules(String name) {
        assertThat(CLASSES).anyMatch(type -> type.getPackageName().equals(ROOT + name));
    }

    @Test
    @DisplayName("the SPI depends on the JDK and JSpecify only")
    void spiStandsAlone() {
        classes()
                .that()
                .resideInAPackage(ROOT + ".spi..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(ROOT + ".spi..", "java..", "org.jspecify..")
                .check(CLASSES);
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("stores, codecs, cryptography and metrics depend, of ours, on the SPI only")
    @ValueSource(strings = {"dynamodb", "codec", "support", "crypto", "metrics"})
    void implementationsSeeOnlyTheSpi(String name) {
        seesOnly(name, "spi");
    }

    @Test
    @DisplayName("the store in memory is a store over rows")
    void memoryIsOverRows() {
        seesOnly("memory", "spi", "support");
    }

    private static void seesOnly(String name, String... others) {
        String own = ROOT + "." + name + "..";
        String[] seen = Stream.concat(Stream.of(own), Stream.of(others).map(other -> ROOT + "." + other + ".."))
                .toArray(String[]::new);
        classes()
                .that()
                .resideInAPackage(own)
                .should()
                .onlyDependOnClassesThat(are(not(OURS).or(resideInAnyPackage(seen))))
                .check(CLASSES);
    }

    @Test
    @DisplayName("the engine is behind the session manager and the hall of the adapters: nobody else sees it")
    void engineIsNotApi() {
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT, ENGINE, ROOT + ".web")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ENGINE)
                .check(CLASSES);
    }

    @Test
    @DisplayName("packages form no circle; the session manager and its engine count as one")
    void noCircles() {
        slices().assignedFrom(new SliceAssignment() {
                    @Override
                    public SliceIdentifier getIdentifierOf(JavaClass type) {
                        String name = type.getPackageName();
                        return OURS.test(type)
                                ? SliceIdentifier.of(name.equals(ENGINE) ? ROOT : name)
                                : SliceIdentifier.ignore();
                    }

                    @Override
                    public String getDescription() {
                        return "packages";
                    }
                })
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
    }

    @Test
    @DisplayName(
            "only the DynamoDB store, the test kit's embedded DynamoDB, Micronaut's, Quarkus' and Spring's client beans see the AWS SDK")
    void oneSeesTheSdk() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        ROOT + ".dynamodb..",
                        ROOT + ".testkit..",
                        ROOT + ".micronaut..",
                        ROOT + ".quarkus..",
                        ROOT + ".spring..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("software.amazon..", "com.amazonaws..")
                .check(CLASSES);
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName(
            "nobody depends on an adapter, but Quarkus' on those for servlets and Vert.x, and Spring's on the former")
    @ValueSource(strings = {"servlet", "spring", "micronaut", "vertx", "quarkus"})
    void nobodySeesAdapters(String name) {
        String adapter = ROOT + "." + name + "..";
        noClasses()
                .that()
                .resideOutsideOfPackages(adapter, ROOT + ".quarkus..", ROOT + ".spring..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(adapter)
                .check(CLASSES);
    }

    /** What 6.1 added, which a container of 6.0 does not have: the adapter is compiled against 6.1. */
    private static final Set<String> SERVLET_61 = Set.of(
            "jakarta.servlet.ServletOutputStream.write(java.nio.ByteBuffer)",
            "jakarta.servlet.ServletInputStream.read(java.nio.ByteBuffer)",
            "jakarta.servlet.http.HttpServletResponse.sendRedirect(java.lang.String, boolean)",
            "jakarta.servlet.http.HttpServletResponse.sendRedirect(java.lang.String, int)",
            "jakarta.servlet.http.HttpServletResponse.sendRedirect(java.lang.String, int, boolean)",
            "jakarta.servlet.http.HttpServletResponseWrapper.sendRedirect(java.lang.String, boolean)",
            "jakarta.servlet.http.HttpServletResponseWrapper.sendRedirect(java.lang.String, int)",
            "jakarta.servlet.http.HttpServletResponseWrapper.sendRedirect(java.lang.String, int, boolean)",
            "jakarta.servlet.http.HttpSession.getAccessor()");

    @Test
    @DisplayName("the servlet adapter runs on Servlet 6.0: what 6.1 added is in one class, or found by reflection")
    void servletRunsOnOlderContainers() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".servlet..")
                .should()
                .callCodeUnitWhere(DescribedPredicate.describe(
                        "it is new in Servlet 6.1",
                        call -> call.getTarget().getFullName().startsWith("jakarta.servlet.")
                                && (SERVLET_61.contains(call.getTarget().getFullName())
                                        || call.getTarget().getFullName().endsWith("(java.nio.charset.Charset)"))))
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".servlet..")
                .and()
                .doNotHaveSimpleName("SessionViewWithAccessor")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("jakarta.servlet.http.HttpSession$Accessor")
                .check(CLASSES);
    }

    @Test
    @DisplayName("the core sees no framework, the test kit HttpSession in one class, and only codecs see Jackson")
    void coreSeesNoFramework() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        ROOT + ".servlet..", ROOT + ".micronaut..", ROOT + ".quarkus..", ROOT + ".spring..")
                .and()
                .doNotHaveFullyQualifiedName(ROOT + ".testkit.ServletVisit")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("jakarta..", "io.micronaut..", "io.quarkus..", "io.smallrye..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".spring..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework..", "tools.jackson..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + ".vertx..", ROOT + ".quarkus..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vertx..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + ".codec.json..", ROOT + ".codec.msgpack..", ROOT + ".spring..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.fasterxml..", "tools.jackson..", "org.msgpack..")
                .check(CLASSES);
    }

    @Test
    @DisplayName("no Jackson type is in a signature that users of a codec see")
    void codecsHideJackson() {
        classes()
                .that()
                .resideInAPackage(ROOT + ".codec..")
                .and()
                .resideOutsideOfPackage("..internal..")
                .should(haveNoneOfTheseInTheirApi("com.fasterxml.", "tools.jackson.", "org.msgpack."))
                .check(CLASSES);
    }

    @Test
    @DisplayName("every package says what lives in it, and is null-marked")
    void packagesAreNullMarked() {
        assertThat(CLASSES.stream().map(JavaClass::getPackage).distinct())
                .isNotEmpty()
                .allSatisfy((Consumer<JavaPackage>) here -> assertThat(here.tryGetPackageInfo())
                        .as(here.getName())
                        .hasValueSatisfying(info -> assertThat(info.isAnnotatedWith(NullMarked.class))
                                .as(here.getName())
                                .isTrue()));
    }

    @Test
    @DisplayName("no package is split between modules")
    void packagesAreWhole() {
        Map<String, Set<String>> modules = new TreeMap<>();
        for (JavaClass type : CLASSES) {
            String location = type.getSource().orElseThrow().getUri().toString();
            int end = location.length() - type.getName().length() - ".class".length();
            modules.computeIfAbsent(type.getPackageName(), name -> new TreeSet<>())
                    .add(location.substring(0, end));
        }
        assertThat(modules)
                .isNotEmpty()
                .allSatisfy((name, places) -> assertThat(places).hasSize(1));
    }

    private static ArchCondition<JavaClass> haveNoneOfTheseInTheirApi(String... prefixes) {
        return new ArchCondition<>("have none of " + String.join(", ", prefixes) + " in their API") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (!type.getModifiers().contains(JavaModifier.PUBLIC)) {
                    return;
                }
                Stream<JavaType> supertypes =
                        Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream());
                report(type, type.getName(), supertypes, events);
                for (JavaField field : type.getFields()) {
                    if (isApi(field.getModifiers())) {
                        report(type, field.getFullName(), Stream.of(field.getType()), events);
                    }
                }
                for (JavaCodeUnit unit : type.getCodeUnits()) {
                    if (isApi(unit.getModifiers())) {
                        Stream<JavaType> types = Stream.of(
                                        Stream.of(unit.getReturnType()),
                                        unit.getParameterTypes().stream(),
                                        unit.getTypeParameters().stream(),
                                        unit.getExceptionTypes().stream())
                                .flatMap(some -> some);
                        report(type, unit.getFullName(), types, events);
                    }
                }
            }

            private boolean isApi(Set<JavaModifier> modifiers) {
                return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
            }

            private void report(JavaClass owner, String where, Stream<JavaType> types, ConditionEvents events) {
                types.flatMap(used -> used.getAllInvolvedRawTypes().stream())
                        .map(JavaClass::getName)
                        .filter(name -> Stream.of(prefixes).anyMatch(name::startsWith))
                        .forEach(name -> events.add(SimpleConditionEvent.violated(owner, where + " has " + name)));
            }
        };
    }
}
