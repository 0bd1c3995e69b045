// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import io.github.dynamosession.servers.contract.Pages;
import io.github.dynamosession.servers.contract.Sites;
import io.github.dynamosession.testkit.AdapterContract;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.engine.JupiterTestEngine;
import org.junit.platform.commons.support.ReflectionSupport;
import org.junit.platform.engine.TestEngine;
import org.junit.platform.launcher.core.LauncherFactory;
import org.opentest4j.AssertionFailedError;

/** A web application of our classes, of what they need, and of what is added to {@code WEB-INF}. */
final class War {
    private static final String FORM = "<html><body><form method=\"POST\" action=\"j_security_check\">"
            + "<input name=\"j_username\"><input name=\"j_password\"></form></body></html>";

    private War() {}

    /** By the jar being there: no code, no {@code web.xml}. */
    static void plain(Path file, List<Path> more) throws IOException {
        write(file, more, Map.of("WEB-INF/beans.xml", beans()));
    }

    /** The filter in {@code web.xml}, and a FORM login. */
    static void login(Path file, List<Path> more) throws IOException {
        String secured = "<security-role-mapping><role-name>user</role-name><group-name>user</group-name>"
                + "</security-role-mapping>";
        write(
                file,
                more,
                Map.of(
                        "WEB-INF/beans.xml",
                        beans(),
                        "login.html",
                        FORM,
                        "WEB-INF/glassfish-web.xml",
                        "<!DOCTYPE glassfish-web-app PUBLIC \"-//GlassFish.org//DTD GlassFish Application Server 3.1"
                                + " Servlet 3.0//EN\" \"http://glassfish.org/dtds/glassfish-web-app_3_0-1.dtd\">"
                                + "<glassfish-web-app>" + secured + "</glassfish-web-app>",
                        "WEB-INF/web.xml",
                        webXml("<filter><filter-name>sessions</filter-name>"
                                + "<filter-class>io.github.dynamosession.servlet.DynamoSessionFilter</filter-class>"
                                + "<async-supported>true</async-supported></filter>"
                                + "<filter-mapping><filter-name>sessions</filter-name><url-pattern>/*</url-pattern>"
                                + "<dispatcher>REQUEST</dispatcher><dispatcher>ERROR</dispatcher>"
                                + "<dispatcher>ASYNC</dispatcher></filter-mapping>"
                                + "<security-constraint><web-resource-collection><web-resource-name>secured"
                                + "</web-resource-name><url-pattern>/secured/*</url-pattern></web-resource-collection>"
                                + "<auth-constraint><role-name>user</role-name></auth-constraint></security-constraint>"
                                + "<login-config><auth-method>FORM</auth-method><realm-name>file</realm-name>"
                                + "<form-login-config><form-login-page>/login.html</form-login-page>"
                                + "<form-error-page>/login.html</form-error-page></form-login-config></login-config>"
                                + "<security-role><role-name>user</role-name></security-role>")));
    }

    /** A setting that is wrong. */
    static void broken(Path file, List<Path> more) throws IOException {
        write(
                file,
                more,
                Map.of(
                        "WEB-INF/beans.xml",
                        beans(),
                        "WEB-INF/web.xml",
                        webXml("<context-param><param-name>dynamosession.idle-timeout</param-name>"
                                + "<param-value>soon</param-value></context-param>")));
    }

    /**
     * The contract of adapters, with what runs it. The filter is made in code, while the application is at work: our
     * initializer is told so, and only gives the container's cookie another name.
     */
    static void contract(Path file) throws IOException {
        List<Path> libraries = new ArrayList<>();
        for (Class<?> part : List.of(
                AdapterContract.class,
                Test.class,
                JupiterTestEngine.class,
                TestEngine.class,
                LauncherFactory.class,
                ReflectionSupport.class,
                AssertionFailedError.class)) {
            libraries.add(location(part));
        }
        write(
                file,
                libraries,
                Map.of(
                        "WEB-INF/web.xml",
                        webXml("<error-page><location>" + Pages.ERROR + "</location></error-page>"),
                        "WEB-INF/classes/META-INF/dynamosession/filter-registered-by-framework",
                        Sites.class.getName()),
                location(Sites.class),
                Sites.class.getPackageName().replace('.', '/'));
    }

    private static Path location(Class<?> part) {
        try {
            return Path.of(
                    part.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String beans() {
        return "<beans xmlns=\"https://jakarta.ee/xml/ns/jakartaee\" version=\"4.0\""
                + " bean-discovery-mode=\"annotated\"/>";
    }

    private static String webXml(String content) {
        return "<web-app xmlns=\"https://jakarta.ee/xml/ns/jakartaee\" version=\"6.0\">" + content + "</web-app>";
    }

    private static void write(Path file, List<Path> more, Map<String, String> files) throws IOException {
        write(file, more, files, Path.of(System.getProperty("application.classes")), "");
    }

    /**
     * Writes the application.
     *
     * @param more libraries beside ours
     * @param under the folder of the classes that are taken; empty: all
     */
    private static void write(Path file, List<Path> more, Map<String, String> files, Path classes, String under)
            throws IOException {
        List<Path> libraries = new ArrayList<>(more);
        for (String library : System.getProperty("application.libraries").split(File.pathSeparator)) {
            libraries.add(Path.of(library));
        }
        try (JarOutputStream war = new JarOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, String> entry : files.entrySet()) {
                war.putNextEntry(new ZipEntry(entry.getKey()));
                war.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
            }
            add(war, classes, under);
            for (Path library : libraries) {
                if (Files.isDirectory(library)) {
                    throw new IllegalStateException("the jars of this build are needed, with their manifests: run mvn"
                            + " package or later, not mvn test; found " + library);
                }
                war.putNextEntry(new ZipEntry("WEB-INF/lib/" + library.getFileName()));
                Files.copy(library, war);
            }
        }
    }

    private static void add(JarOutputStream war, Path classes, String under) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(classes.resolve(under))) {
            files = all.filter(Files::isRegularFile).toList();
        }
        for (Path path : files) {
            String name = classes.relativize(path).toString().replace(File.separatorChar, '/');
            war.putNextEntry(new ZipEntry("WEB-INF/classes/" + name));
            Files.copy(path, war);
        }
    }
}
