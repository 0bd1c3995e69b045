// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

@DisplayName("What is published")
class PublicationTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent().getParent();
    private static final String BOM = "dynamosession-bom";

    @Test
    @DisplayName("is in the BOM, once, with the version of the BOM, and nothing of ours that is not published is")
    void bomIsComplete() {
        Pom bom =
                modules().filter(pom -> pom.artifactId().equals(BOM)).findAny().orElseThrow();

        List<String> managed = bom.all("dependencyManagement", "dependencies", "dependency").stream()
                .map(PublicationTest::coordinates)
                .filter(entry -> entry.startsWith("io.github.dynamosession:"))
                .toList();

        assertThat(managed)
                .containsExactlyInAnyOrderElementsOf(publishedJars()
                        .map(pom -> "io.github.dynamosession:" + pom.artifactId() + ":${project.version}")
                        .toList());
    }

    @Test
    @DisplayName("needs for the test kit's DynamoDB what the BOM has beside it, in the versions of the parent")
    void bomHasDynamoDbLocal() {
        Pom bom =
                modules().filter(pom -> pom.artifactId().equals(BOM)).findAny().orElseThrow();

        List<String> managed = bom.all("dependencyManagement", "dependencies", "dependency").stream()
                .map(PublicationTest::coordinates)
                .filter(entry -> !entry.startsWith("io.github.dynamosession:"))
                .toList();

        assertThat(managed)
                .containsExactly(
                        "com.amazonaws:DynamoDBLocal:"
                                + root().property("dynamodblocal.version").orElseThrow(),
                        "software.amazon.awssdk:pinpoint:"
                                + root().property("aws.version").orElseThrow());
    }

    @Test
    @DisplayName("names the AWS SDK and Jackson of the parent: no module sets a version of its own")
    void oneVersionForAll() {
        assertThat(modules())
                .allSatisfy(pom -> assertThat(List.of("aws.version", "jackson.version"))
                        .as(pom.artifactId())
                        .allSatisfy(name -> assertThat(pom.property(name)).isEmpty()));
    }

    @Test
    @DisplayName("is managed by the parent, so that modules name each other without a version")
    void parentManagesAll() {
        List<String> managed = root().all("dependencyManagement", "dependencies", "dependency").stream()
                .filter(entry -> text(entry, "groupId").equals("io.github.dynamosession"))
                .map(entry -> text(entry, "artifactId"))
                .toList();

        assertThat(managed).containsAll(publishedJars().map(Pom::artifactId).toList());
    }

    @Test
    @DisplayName("has a module name of its own in each jar")
    void jarsHaveModuleNames() {
        List<String> names = publishedJars()
                .map(pom -> pom.property("module.name").orElse(pom.artifactId() + " has none"))
                .toList();

        assertThat(names)
                .isNotEmpty()
                .doesNotHaveDuplicates()
                .allSatisfy(name -> assertThat(name).startsWith("io.github.dynamosession."));
    }

    @Test
    @DisplayName("is every module but those that say otherwise")
    void knowsWhatIsPublished() {
        assertThat(modules().filter(pom -> !pom.isPublished()).map(Pom::artifactId))
                .contains("dynamosession-integration-tests", "dynamosession-examples", "dynamosession-benchmarks");
        assertThat(publishedJars().map(Pom::artifactId)).contains("dynamosession-store-core");
    }

    private static Stream<Pom> publishedJars() {
        return modules().filter(pom -> pom.isPublished() && !pom.packaging().equals("pom"));
    }

    private static Pom root() {
        return read(ROOT, true);
    }

    private static Stream<Pom> modules() {
        return root().modules();
    }

    private static Pom read(Path folder, boolean parentIsPublished) {
        try {
            return new Pom(
                    folder,
                    DocumentBuilderFactory.newDefaultNSInstance()
                            .newDocumentBuilder()
                            .parse(folder.resolve("pom.xml").toFile())
                            .getDocumentElement(),
                    parentIsPublished);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ParserConfigurationException | SAXException e) {
            throw new IllegalStateException(folder.toString(), e);
        }
    }

    private static Stream<Element> children(Element parent, String name) {
        NodeList nodes = parent.getChildNodes();
        return IntStream.range(0, nodes.getLength())
                .mapToObj(nodes::item)
                .filter(node -> node.getNodeType() == Node.ELEMENT_NODE && name.equals(node.getLocalName()))
                .map(Element.class::cast);
    }

    private static String coordinates(Element entry) {
        return text(entry, "groupId") + ":" + text(entry, "artifactId") + ":" + text(entry, "version");
    }

    private static String text(Element parent, String name) {
        return children(parent, name).map(Element::getTextContent).collect(Collectors.joining());
    }

    private record Pom(Path folder, Element project, boolean parentIsPublished) {
        String artifactId() {
            return text(project, "artifactId");
        }

        String packaging() {
            return text(project, "packaging");
        }

        Optional<String> property(String name) {
            return all("properties", name).stream().map(Element::getTextContent).findAny();
        }

        boolean isPublished() {
            return property("maven.deploy.skip")
                    .map(skip -> !Boolean.parseBoolean(skip))
                    .orElse(parentIsPublished);
        }

        List<Element> all(String... path) {
            List<Element> found = List.of(project);
            for (String name : path) {
                found = found.stream()
                        .flatMap(element -> children(element, name))
                        .toList();
            }
            return found;
        }

        /** The modules below this one, those of modules too. */
        Stream<Pom> modules() {
            List<Pom> found = new ArrayList<>();
            for (Element module : all("modules", "module")) {
                Path below = folder.resolve(module.getTextContent());
                assertThat(Files.isRegularFile(below.resolve("pom.xml")))
                        .as("%s", below)
                        .isTrue();
                Pom pom = read(below, isPublished());
                found.add(pom);
                pom.modules().forEach(found::add);
            }
            return found.stream();
        }
    }
}
