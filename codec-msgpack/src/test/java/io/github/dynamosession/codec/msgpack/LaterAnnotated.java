// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.dynamosession.codec.msgpack.Annotated.Case;
import io.github.dynamosession.codec.msgpack.Annotated.Verdict;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.lang.annotation.Annotation;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Classes for the annotations that the lowest version of Jackson does not have: compiled only where they are there. */
final class LaterAnnotated {
    static final String PACKAGE = LaterAnnotated.class.getPackageName() + ".later";

    /** By the simple name of the annotation: the body of a class that has it, and what becomes of an instance. */
    private static final Map<String, Map<String, Verdict>> BODIES = new TreeMap<>(Map.of(
            "JsonApplyView",
            Map.of(
                    // Says with which view a property is written; only a caller of Jackson has one.
                    "@JsonView(Runnable.class) int size = 5; @JsonApplyView(Runnable.class) Part part = new Part();",
                    Verdict.EQUAL),
            "JsonSerializeAs",
            Map.of(
                    "@JsonSerializeAs(Part.class) Part part = new Longer();",
                    Verdict.EQUAL,
                    "@JsonSerializeAs(content = Part.class) List<Part> parts = new ArrayList<>(List.of(new Longer()));",
                    Verdict.EQUAL),
            "JsonDeserializeAs",
            Map.of(
                    "@JsonDeserializeAs(Longer.class) Part part = new Longer();",
                    Verdict.EQUAL,
                    "@JsonDeserializeAs(content = Longer.class) List<Part> parts = new ArrayList<>(List.of(new Longer()));",
                    Verdict.EQUAL)));

    private static final Map<Class<? extends Annotation>, List<Case>> CASES = new HashMap<>();

    /** Where the classes are. */
    static final ClassLoader LOADER = compile();

    private LaterAnnotated() {}

    /** By annotation: those of the Jackson that is on the class path. */
    static Map<Class<? extends Annotation>, List<Case>> cases() {
        return CASES;
    }

    private static ClassLoader compile() {
        Map<Class<? extends Annotation>, Map<String, Verdict>> present = new HashMap<>();
        Map<String, String> sources = new TreeMap<>();
        sources.put("Part", "public class Part { int size = 5; }");
        sources.put("Longer", "public class Longer extends Part { int length = 6; }");
        BODIES.forEach((annotation, bodies) -> {
            try {
                present.put(
                        Class.forName(JsonProperty.class.getPackageName() + "." + annotation)
                                .asSubclass(Annotation.class),
                        bodies);
            } catch (ClassNotFoundException e) {
                return;
            }
            bodies.keySet()
                    .forEach(body -> sources.put(nameOf(body), "public class " + nameOf(body) + " { " + body + " }"));
        });
        Map<String, byte[]> classes = compile(sources);
        ClassLoader loader = new ClassLoader(LaterAnnotated.class.getClassLoader()) {
            @Override
            protected Class<?> findClass(String name) throws ClassNotFoundException {
                byte[] bytes = classes.get(name);
                if (bytes == null) {
                    throw new ClassNotFoundException(name);
                }
                return defineClass(name, bytes, 0, bytes.length);
            }
        };
        present.forEach((annotation, bodies) -> CASES.put(
                annotation,
                bodies.entrySet().stream()
                        .map(each -> new Case(
                                annotation.getSimpleName() + ": " + each.getKey(),
                                instanceOf(nameOf(each.getKey()), loader),
                                each.getValue()))
                        .toList()));
        return loader;
    }

    private static String nameOf(String body) {
        return "Class" + Integer.toHexString(body.hashCode());
    }

    private static Object instanceOf(String name, ClassLoader loader) {
        try {
            return loader.loadClass(PACKAGE + "." + name).getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, byte[]> compile(Map<String, String> sources) {
        Map<String, ByteArrayOutputStream> compiled = new HashMap<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        JavaFileManager files = new ForwardingJavaFileManager<>(compiler.getStandardFileManager(null, null, null)) {
            @Override
            public JavaFileObject getJavaFileForOutput(
                    Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
                return new SimpleJavaFileObject(URI.create("memory:///" + name.replace('.', '/')), kind) {
                    @Override
                    public OutputStream openOutputStream() {
                        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                        compiled.put(name, bytes);
                        return bytes;
                    }
                };
            }
        };
        List<JavaFileObject> units = sources.entrySet().stream()
                .<JavaFileObject>map(each ->
                        new SimpleJavaFileObject(
                                URI.create("memory:///" + each.getKey() + ".java"), JavaFileObject.Kind.SOURCE) {
                            @Override
                            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                                return "package " + PACKAGE
                                        + "; import com.fasterxml.jackson.annotation.*; import java.util.*; "
                                        + each.getValue();
                            }
                        })
                .toList();
        StringWriter messages = new StringWriter();
        List<String> options = List.of("-proc:none", "-classpath", System.getProperty("java.class.path"));
        if (!compiler.getTask(messages, files, null, options, null, units).call()) {
            throw new AssertionError(messages);
        }
        Map<String, byte[]> classes = new HashMap<>();
        compiled.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
        return classes;
    }
}
