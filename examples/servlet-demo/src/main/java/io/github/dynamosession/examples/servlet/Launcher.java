// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Starts the database, the nodes and the front door, and stops them all.
 *
 * <p>Uses nothing but the JDK, for it may run inside Maven.
 */
final class Launcher {
    private static final Duration LOG_PATIENCE = Duration.ofSeconds(10);

    /** How long each kind of request is sent, eight times. */
    private static final Duration MEASURED = Duration.ofSeconds(4);

    private final Options options;
    private final String host;
    private final long begin = System.nanoTime();
    private final CountDownLatch end = new CountDownLatch(1);
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final AtomicInteger exitCode = new AtomicInteger();
    private final List<Child> children = new ArrayList<>();
    private final List<Child> nodes = new ArrayList<>();
    private final String classPath = classPath();

    /** Another example that runs on the same launcher brings nodes of its own. */
    private final String main = System.getProperty("demo.main", Demo.class.getName());

    private final String nodeClassPath = System.getProperty("demo.node-class-path", classPath);

    private Path directory = Path.of("");
    private volatile boolean started;
    private volatile @Nullable FaultRun faultRun;

    private Launcher(Options options) {
        this.options = options;
        this.host = options.text("host", "127.0.0.1");
    }

    /** Runs the demo; returns only when it could not start, or ended by itself. */
    static int run(List<String> args) throws InterruptedException {
        if (args.contains("--help") || args.contains("-h")) {
            System.out.print(Options.USAGE);
            return 0;
        }
        Launcher launcher;
        try {
            launcher = new Launcher(Options.parse(args));
        } catch (IllegalArgumentException e) {
            return refuse(e);
        }
        Thread hook = new Thread(launcher::stop, "demo-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            launcher.start();
        } catch (IllegalArgumentException e) {
            launcher.stop();
            return refuse(e);
        } catch (IOException | UncheckedIOException e) {
            System.out.println("The demo cannot start: " + e.getMessage());
            launcher.stop();
            return 1;
        }
        launcher.end.await();
        launcher.stop();
        return launcher.exitCode.get();
    }

    private static int refuse(IllegalArgumentException e) {
        System.out.println("The demo cannot start: " + e.getMessage());
        System.out.println();
        System.out.print(Options.USAGE);
        return 2;
    }

    private void start() throws IOException, InterruptedException {
        Optional<Integer> faults = options.count("faults");
        Optional<Integer> latency = options.count("latency");
        boolean runs = faults.isPresent() || latency.isPresent();
        int frontPort = options.port("port", runs ? 0 : 8080);
        List<Integer> nodePorts =
                options.ports("node-ports", frontPort == 0 ? List.of(0, 0) : List.of(frontPort + 1, frontPort + 2));
        boolean embedded = options.endpoint().isEmpty();
        options.compressAbove();

        String parent = System.getProperty("demo.directory", System.getProperty("java.io.tmpdir"));
        directory = Files.createTempDirectory(Files.createDirectories(Path.of(parent)), "demo-");

        // Bound before anything is started, so that a port that is taken is told at once.
        FrontDoor front = new FrontDoor(new InetSocketAddress(host, frontPort), nodes, this::startNode);
        Runtime.getRuntime().addShutdownHook(new Thread(front::close, "demo-front-door"));

        String endpoint;
        if (embedded) {
            int port = freePort("--dynamodb-port", options.port("dynamodb-port", 0));
            endpoint = "http://127.0.0.1:" + port;
            say("Starting DynamoDB Local on port " + port + " (in memory)");
            Child database = new Child(
                    "dynamodb",
                    port,
                    Demo.class.getName(),
                    List.of("database", "--port", "" + port),
                    classPath,
                    directory,
                    this::said,
                    this::databaseEnded);
            children.add(database);
            database.start();
        } else if (runs) {
            throw new IllegalArgumentException(
                    "--faults and --latency want the embedded DynamoDB Local, not --endpoint");
        } else {
            endpoint = options.required("endpoint");
            say("Using the DynamoDB at " + endpoint);
        }

        FaultProxy proxy = runs ? new FaultProxy(URI.create(endpoint)) : null;
        if (proxy != null) {
            endpoint = proxy.endpoint().toString();
        }

        for (int i = 0; i < nodePorts.size(); i++) {
            String name = String.valueOf((char) ('A' + i));
            int port = freePort("--node-ports", nodePorts.get(i));
            List<String> arguments = new ArrayList<>(List.of("node", "--name", name, "--port", "" + port));
            arguments.addAll(List.of("--host", host, "--endpoint", endpoint, "--front", "" + front.port()));
            arguments.addAll(List.of("--table", options.text("table", "dynamosession-demo")));
            arguments.addAll(List.of("--region", options.text("region", ""), "--directory", "" + directory));
            arguments.addAll(List.of("--embedded", "" + embedded));
            options.text("compress-above").ifPresent(value -> arguments.addAll(List.of("--compress-above", value)));
            Child node = new Child(
                    "node " + name, port, main, arguments, nodeClassPath, directory, this::said, this::nodeEnded);
            say("Starting node " + name + " on port " + port);
            children.add(node);
            nodes.add(node);
            node.start();
        }
        for (Child child : children) {
            if (!child.awaitReady()) {
                throw new IOException(child.name() + " ended before it was ready");
            }
            say("  " + child.name() + " is ready (process " + child.pid().orElse(0L) + ")");
        }
        started = true;
        if (proxy != null) {
            try (proxy) {
                exitCode.set(run(proxy, faults, latency) ? 0 : 1);
            }
            end.countDown();
            return;
        }
        front.open();
        announce(front.port());
    }

    private boolean run(FaultProxy proxy, Optional<Integer> faults, Optional<Integer> latency)
            throws IOException, InterruptedException {
        List<String> addresses =
                nodes.stream().map(node -> "http://" + host + ":" + node.port()).toList();
        if (latency.isPresent()) {
            say("Measuring for two minutes");
            proxy.delay(Duration.ofMillis(latency.get()));
            new LatencyRun(addresses.get(0), MEASURED, System.out).run();
            return true;
        }
        int requests = faults.orElseThrow();
        FaultRun run = new FaultRun(proxy, addresses, options.count("seed").orElse(1), LOG_PATIENCE, System.out);
        faultRun = run;
        say("Sending " + requests + " requests while the database fails");
        return run.run(requests);
    }

    /** What a child prints is shown, but for what the nodes have to say of faults. */
    private void said(Child child, String line) {
        FaultRun run = faultRun;
        if (run == null) {
            System.out.println("[" + child.name().toLowerCase(Locale.ROOT) + "] " + line);
        } else if (nodes.contains(child)) {
            run.said(line);
        }
    }

    private void announce(int frontPort) {
        String shown = host.equals("127.0.0.1") || host.equals("0.0.0.0") ? "localhost" : host;
        double seconds = (System.nanoTime() - begin) / 1e9;
        double sinceJvm = ManagementFactory.getRuntimeMXBean().getUptime() / 1e3;
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(Locale.ROOT, "%nReady in %.1f s (%.1f s with the build). Open%n%n", seconds, sinceJvm));
        text.append(String.format("    http://%s:%d/%n%n", shown, frontPort));
        for (Child node : nodes) {
            text.append(String.format(
                    "  %s alone: http://%s:%d/   to lose it: kill -9 %d%n",
                    node.name(), shown, node.port(), node.pid().orElse(0L)));
        }
        text.append(String.format("%n  The page can lose a node and bring it back, too. Ctrl-C stops everything.%n"));
        say(text.toString());
    }

    private void startNode(Backend node) {
        if (node instanceof Child child && child.start()) {
            say("Starting " + node.name() + " again");
            Thread watch = new Thread(
                    () -> {
                        try {
                            if (child.awaitReady()) {
                                say(node.name() + " is back (process "
                                        + node.pid().orElse(0L) + ")");
                            }
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    "demo-watch");
            watch.setDaemon(true);
            watch.start();
        }
    }

    private void nodeEnded(Child node) {
        if (started && !stopping.get() && !interrupted(node)) {
            say(node.name() + " is gone; the page stays with the others, and can bring it back");
        }
    }

    private void databaseEnded(Child database) {
        if (started && !stopping.get() && !interrupted(database)) {
            say("DynamoDB Local has ended, and with it the demo");
            exitCode.set(1);
            end.countDown();
        }
    }

    /** Ctrl-C reaches the children as well, perhaps before it reaches us. */
    private static boolean interrupted(Child child) {
        return child.exitCode() == 130 || child.exitCode() == 143;
    }

    private void stop() {
        if (!stopping.compareAndSet(false, true)) {
            return;
        }
        if (started) {
            say("\nStopping");
        }
        try {
            children.forEach(Child::close);
            for (Child child : children) {
                child.awaitEnd();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        delete(directory);
        if (started) {
            say("Stopped: no process, no port and no file is left");
        }
        end.countDown();
    }

    private static void delete(Path directory) {
        if (directory.toString().isEmpty()) {
            return;
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            System.out.println("Not deleted: " + directory + " (" + e.getMessage() + ")");
        }
    }

    private int freePort(String option, int wanted) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), wanted));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IOException("port " + wanted + " is taken; choose another with " + option, e);
        }
    }

    /** Of this class, also when Maven runs it in a class loader of its own. */
    private static String classPath() {
        if (!(Launcher.class.getClassLoader() instanceof URLClassLoader loader)) {
            return System.getProperty("java.class.path");
        }
        List<String> entries = new ArrayList<>();
        for (URL url : loader.getURLs()) {
            try {
                entries.add(Path.of(url.toURI()).toString());
            } catch (URISyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
        return String.join(File.pathSeparator, entries);
    }

    private static void say(String text) {
        System.out.println(text);
        System.out.flush();
    }
}
