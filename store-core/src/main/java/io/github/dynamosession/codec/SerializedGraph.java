// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.ObjectStreamConstants;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a serialized value consists of, found out without making anything of it: both sides of the codec
 * ask it, so that nothing is stored that would not be read.
 *
 * <p>It checks each class's name before any class is loaded, how deep the value nests, that arrays and
 * strings have the length that they claim, and how much work the hash tables in it are. The last is what no
 * filter of the JDK's can see: a set of sets of sets, each holding the next one twice, takes 50 bytes a
 * level and doubles the work with each. The measure is what a table's contents would be with every shared
 * object written out where it is referred to; hashing visits no more.
 *
 * <p>The format is that of the "Java Object Serialization Specification", chapter 6, as
 * {@code ObjectOutputStream} writes it: a class that has a {@code writeObject} of its own must begin it with
 * {@code defaultWriteObject} or {@code writeFields}, as the specification asks.
 */
final class SerializedGraph {
    /** The deepest nesting of objects. At this depth the JDK's reader is far from the end of a small stack. */
    static final int MAX_DEPTH = 200;

    /** Objects and strings of one value: in memory they are larger than their bytes, and these may be compressed. */
    static final int MAX_OBJECTS = 250_000;

    /** Elements of all arrays of references together; a sparse hash table has up to eight for each entry. */
    static final int MAX_REFERENCES = 8 * MAX_OBJECTS;

    /** Hash visits that any value may cost: some tens of milliseconds. */
    private static final long FREE_VISITS = 1_000_000;

    /** Further visits per byte. Without sharing there is at most one per object and level. */
    private static final long VISITS_PER_BYTE = 16;

    private static final Set<String> HASH_TABLES = Set.of(
            "java.util.HashMap",
            "java.util.HashSet",
            "java.util.Hashtable",
            "java.util.CollSer",
            "java.util.concurrent.ConcurrentHashMap");

    /** Of the JDK's classes that are allowed, those whose hash code does not ask their elements. */
    private static final Set<String> IDENTITIES = Set.of(
            "java.util.ArrayDeque",
            "java.util.PriorityQueue",
            "java.util.concurrent.ConcurrentLinkedDeque",
            "java.util.concurrent.ConcurrentLinkedQueue",
            "java.util.concurrent.atomic.AtomicReference",
            "java.lang.Throwable");

    private final byte[] bytes;
    private final ByteBuffer in;
    private final AllowedClasses allowed;
    private final List<Object> handles = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private long references;
    private boolean anyTable;
    private boolean anyReference;

    private SerializedGraph(byte[] bytes, AllowedClasses allowed) {
        this.bytes = bytes;
        this.in = ByteBuffer.wrap(bytes);
        this.allowed = allowed;
    }

    /**
     * Checks a serialized value.
     *
     * @param hashesByIdentity tells by a class's name whether its hash code is {@code Object}'s; asked only
     *     for allowed classes, and only if the value would be refused otherwise
     * @throws Refusal if it is not to be read
     */
    static void check(byte[] bytes, AllowedClasses allowed, Predicate<String> hashesByIdentity) throws Refusal {
        SerializedGraph graph = new SerializedGraph(bytes, allowed);
        graph.parse();
        long limit = FREE_VISITS + VISITS_PER_BYTE * bytes.length;
        // A tree costs at most a visit per object and level, which no depth within the limit makes too much.
        if (!graph.anyTable || !graph.anyReference) {
            return;
        }
        // Of an application's class only its author knows what its hash code asks: first nothing, which leaves the
        // JDK's collections, and their graph has no cycles; then everything, unless it has Object's hash code.
        if (graph.visits(name -> true) > limit
                || (graph.visits(name -> false) > limit && graph.visits(hashesByIdentity) > limit)) {
            throw new Refusal("the hash tables in it refer so often to the same objects that reading them would not"
                    + " end: store keys and elements that share less");
        }
    }

    /** Why a value is not to be read or stored; the message holds no value. */
    static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        Refusal(String message) {
            super(message, null, false, false);
        }
    }

    // What the stream is made of

    /** A string, an enum constant or a class: nothing is below it. */
    private static final Object LEAF = new Object();

    private static final class ClassDesc {
        final String name;
        int flags;
        int primitiveBytes;
        int objectFields;

        @Nullable
        ClassDesc superDesc;

        int superclasses;
        boolean complete;

        ClassDesc(String name) {
            this.name = name;
        }

        boolean has(int flag) {
            return (flags & flag) != 0;
        }

        boolean isAny(Set<String> names) {
            for (ClassDesc desc = this; desc != null; desc = desc.superDesc) {
                if (names.contains(desc.name)) {
                    return true;
                }
            }
            return false;
        }

        /** Whether it is a collection of the JDK's, or extends one, or an array, which may be in one of these. */
        boolean isCollection() {
            if (name.startsWith("[")) {
                return true;
            }
            for (ClassDesc desc = this; desc != null; desc = desc.superDesc) {
                if (desc.name.startsWith("java.util.")) {
                    return !isAny(IDENTITIES);
                }
            }
            return false;
        }
    }

    /** An object or an array. */
    private static final class Node {
        final ClassDesc type;
        final boolean table;
        final List<Node> children = new ArrayList<>(2);
        boolean complete;
        /** Hash visits for this object; 0: not known yet; -1: under way. */
        long visits;

        Node(ClassDesc type) {
            this.type = type;
            this.table = type.isAny(HASH_TABLES);
        }

        boolean isOpaque(Predicate<String> hashesByIdentity) {
            if (type.isAny(IDENTITIES)) {
                return true;
            }
            return !type.isCollection() && !type.name.startsWith("java.") && hashesByIdentity.test(type.name);
        }
    }

    private void parse() throws Refusal {
        try {
            if (in.getShort() != ObjectStreamConstants.STREAM_MAGIC
                    || in.getShort() != ObjectStreamConstants.STREAM_VERSION) {
                throw damaged();
            }
            content(0, null);
        } catch (java.nio.BufferUnderflowException | IllegalArgumentException e) {
            throw damaged();
        }
        if (in.hasRemaining()) {
            throw damaged();
        }
    }

    private static Refusal damaged() {
        return new Refusal(
                "it is damaged, or written by a class whose writeObject does not begin with" + " defaultWriteObject");
    }

    private void content(int depth, @Nullable Node parent) throws Refusal {
        if (depth >= MAX_DEPTH) {
            throw new Refusal("it is nested deeper than " + MAX_DEPTH + " levels");
        }
        byte code = in.get();
        switch (code) {
            case ObjectStreamConstants.TC_NULL -> {}
            case ObjectStreamConstants.TC_REFERENCE -> reference(parent);
            case ObjectStreamConstants.TC_STRING, ObjectStreamConstants.TC_LONGSTRING -> string(code);
            case ObjectStreamConstants.TC_CLASS -> {
                classDesc(depth);
                handle(LEAF);
            }
            case ObjectStreamConstants.TC_ENUM -> {
                required(classDesc(depth));
                handle(LEAF);
                stringObject();
            }
            case ObjectStreamConstants.TC_ARRAY -> array(depth, parent);
            case ObjectStreamConstants.TC_OBJECT -> object(depth, parent);
            default -> throw damaged();
        }
    }

    private void reference(@Nullable Node parent) throws Refusal {
        Object target = handle();
        if (target instanceof ClassDesc) {
            throw damaged();
        }
        if (target instanceof Node node) {
            anyReference = true;
            if (node == parent && node.type.name.startsWith("java.util.Collections$Synchronized")) {
                return; // its mutex
            }
            if (!node.complete && node.type.isCollection()) {
                // Its contents grow while what refers to it is hashed: that work has no measure.
                throw new Refusal((node.type.name.startsWith("[") ? "an array" : "a " + node.type.name)
                        + " in it contains itself");
            }
            if (parent != null) {
                parent.children.add(node);
            }
        }
    }

    private void array(int depth, @Nullable Node parent) throws Refusal {
        ClassDesc type = required(classDesc(depth));
        Node node = begin(type, parent);
        int length = in.getInt();
        if (length < 0 || !type.name.startsWith("[") || type.name.length() < 2) {
            throw damaged();
        }
        char element = type.name.charAt(1);
        if (element == '[' || element == 'L') {
            if (length > in.remaining()) {
                throw damaged();
            }
            references += length;
            if (references > MAX_REFERENCES) {
                throw new Refusal("its arrays have more than " + MAX_REFERENCES + " elements");
            }
            for (int i = 0; i < length; i++) {
                content(depth + 1, node);
            }
        } else {
            skip((long) length * size(element));
        }
        node.complete = true;
    }

    private void object(int depth, @Nullable Node parent) throws Refusal {
        ClassDesc type = required(classDesc(depth));
        if (type.name.startsWith("[")) {
            throw damaged();
        }
        Node node = begin(type, parent);
        Deque<ClassDesc> hierarchy = new ArrayDeque<>();
        for (ClassDesc desc = type; desc != null; desc = desc.superDesc) {
            hierarchy.push(desc);
        }
        for (ClassDesc desc : hierarchy) {
            if (desc.has(ObjectStreamConstants.SC_EXTERNALIZABLE)) {
                if (!desc.has(ObjectStreamConstants.SC_BLOCK_DATA)) {
                    throw damaged();
                }
                annotation(depth, node);
                break;
            }
            skip(desc.primitiveBytes);
            for (int i = 0; i < desc.objectFields; i++) {
                content(depth + 1, node);
            }
            if (desc.has(ObjectStreamConstants.SC_WRITE_METHOD)) {
                annotation(depth, node);
            }
        }
        node.complete = true;
    }

    private Node begin(ClassDesc type, @Nullable Node parent) throws Refusal {
        Node node = new Node(type);
        handle(node);
        nodes.add(node);
        anyTable |= node.table;
        if (parent != null) {
            parent.children.add(node);
        }
        return node;
    }

    /** What a class's own writeObject or writeExternal wrote, to the end mark. */
    private void annotation(int depth, Node node) throws Refusal {
        while (true) {
            byte code = in.get(in.position());
            switch (code) {
                case ObjectStreamConstants.TC_BLOCKDATA -> {
                    in.get();
                    skip(Byte.toUnsignedInt(in.get()));
                }
                case ObjectStreamConstants.TC_BLOCKDATALONG -> {
                    in.get();
                    skip(in.getInt());
                }
                case ObjectStreamConstants.TC_ENDBLOCKDATA -> {
                    in.get();
                    return;
                }
                default -> content(depth + 1, node);
            }
        }
    }

    private @Nullable ClassDesc classDesc(int depth) throws Refusal {
        byte code = in.get();
        switch (code) {
            case ObjectStreamConstants.TC_NULL -> {
                return null;
            }
            case ObjectStreamConstants.TC_REFERENCE -> {
                if (handle() instanceof ClassDesc desc && desc.complete) {
                    return desc;
                }
                throw damaged();
            }
            case ObjectStreamConstants.TC_CLASSDESC -> {
                return newClassDesc(depth);
            }
            case ObjectStreamConstants.TC_PROXYCLASSDESC -> {
                return newProxyDesc(depth);
            }
            default -> throw damaged();
        }
    }

    private ClassDesc newClassDesc(int depth) throws Refusal {
        ClassDesc desc = new ClassDesc(utf());
        requireAllowed(desc.name);
        handle(desc);
        in.getLong(); // serialVersionUID
        desc.flags = in.get();
        int fields = Short.toUnsignedInt(in.getShort());
        for (int i = 0; i < fields; i++) {
            char code = (char) in.get();
            skip(Short.toUnsignedInt(in.getShort())); // its name
            if (code == 'L' || code == '[') {
                stringObject();
                desc.objectFields++;
            } else {
                desc.primitiveBytes += size(code);
            }
        }
        return finish(desc, depth);
    }

    private ClassDesc newProxyDesc(int depth) throws Refusal {
        ClassDesc desc = new ClassDesc("");
        if (!allowed.allowsProxies()) {
            throw new Refusal(AllowedClasses.refusal("java.lang.reflect.Proxy"));
        }
        handle(desc);
        desc.flags = ObjectStreamConstants.SC_SERIALIZABLE;
        int interfaces = in.getInt();
        for (int i = 0; i < interfaces; i++) {
            requireAllowed(utf());
        }
        return finish(desc, depth);
    }

    private ClassDesc finish(ClassDesc desc, int depth) throws Refusal {
        if (in.get() != ObjectStreamConstants.TC_ENDBLOCKDATA || depth >= MAX_DEPTH) {
            throw damaged();
        }
        ClassDesc superDesc = classDesc(depth + 1);
        if (superDesc != null) {
            // References make a hierarchy longer than any nesting, and each object is a walk along it.
            desc.superDesc = superDesc;
            desc.superclasses = superDesc.superclasses + 1;
            if (desc.superclasses > MAX_DEPTH) {
                throw new Refusal("a class in it has more than " + MAX_DEPTH + " superclasses");
            }
        }
        desc.complete = true;
        return desc;
    }

    private void requireAllowed(String name) throws Refusal {
        if (!allowed.allows(name)) {
            throw new Refusal(AllowedClasses.refusal(name));
        }
    }

    private static ClassDesc required(@Nullable ClassDesc desc) throws Refusal {
        if (desc == null) {
            throw damaged();
        }
        return desc;
    }

    private Object handle() throws Refusal {
        int index = in.getInt() - ObjectStreamConstants.baseWireHandle;
        if (index < 0 || index >= handles.size()) {
            throw damaged();
        }
        return handles.get(index);
    }

    /** A string where nothing else may be. */
    private void stringObject() throws Refusal {
        byte code = in.get();
        if (code == ObjectStreamConstants.TC_REFERENCE) {
            if (handle() != LEAF) {
                throw damaged();
            }
        } else {
            string(code);
        }
    }

    private void string(byte code) throws Refusal {
        switch (code) {
            case ObjectStreamConstants.TC_STRING -> skip(Short.toUnsignedInt(in.getShort()));
            case ObjectStreamConstants.TC_LONGSTRING -> skip(in.getLong());
            default -> throw damaged();
        }
        handle(LEAF);
    }

    private void handle(Object object) throws Refusal {
        handles.add(object);
        if (handles.size() > MAX_OBJECTS) {
            throw new Refusal("it consists of more than " + MAX_OBJECTS + " objects");
        }
    }

    private String utf() throws Refusal {
        int start = in.position();
        int length = Short.toUnsignedInt(in.getShort());
        skip(length);
        boolean ascii = true;
        for (int i = 0; i < length; i++) {
            ascii &= bytes[start + 2 + i] > 0;
        }
        if (ascii) {
            return new String(bytes, start + 2, length, StandardCharsets.ISO_8859_1);
        }
        try {
            return new DataInputStream(new ByteArrayInputStream(bytes, start, length + 2)).readUTF();
        } catch (IOException e) {
            throw damaged();
        }
    }

    private void skip(long length) throws Refusal {
        if (length < 0 || length > in.remaining()) {
            throw damaged();
        }
        in.position(in.position() + (int) length);
    }

    private static int size(char primitive) throws Refusal {
        return switch (primitive) {
            case 'Z', 'B' -> 1;
            case 'C', 'S' -> 2;
            case 'I', 'F' -> 4;
            case 'J', 'D' -> 8;
            default -> throw damaged();
        };
    }

    // How much its hash tables are to fill

    private long visits(Predicate<String> hashesByIdentity) {
        nodes.forEach(node -> node.visits = 0);
        long sum = 0;
        for (Node node : nodes) {
            if (node.table) {
                sum = sum(sum, visits(node, hashesByIdentity));
            }
        }
        return sum;
    }

    /** Depth first without recursion: references make paths longer than any nesting. */
    private static long visits(Node from, Predicate<String> hashesByIdentity) {
        Deque<Node> path = new ArrayDeque<>();
        Deque<int[]> next = new ArrayDeque<>();
        if (from.visits == 0) {
            enter(from, path, next, hashesByIdentity);
        }
        while (!path.isEmpty()) {
            Node node = path.peek();
            int[] child = next.element();
            if (child[0] < node.children.size()) {
                Node below = node.children.get(child[0]++);
                if (below.visits == 0) {
                    enter(below, path, next, hashesByIdentity);
                }
                continue;
            }
            long sum = 1;
            for (Node below : node.children) {
                // One that is under way is on a cycle, through which no hash code comes back.
                sum = sum(sum, Math.max(1, below.visits));
            }
            node.visits = sum;
            path.pop();
            next.pop();
        }
        return from.visits;
    }

    private static void enter(Node node, Deque<Node> path, Deque<int[]> next, Predicate<String> hashesByIdentity) {
        if (!node.table && node.isOpaque(hashesByIdentity)) {
            node.visits = 1;
            return;
        }
        node.visits = -1;
        path.push(node);
        next.push(new int[1]);
    }

    private static long sum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
