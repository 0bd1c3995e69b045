// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.BindException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * DynamoDB Local, running inside this process with its tables in memory.
 *
 * <p>Needs {@code com.amazonaws:DynamoDBLocal} on the class path, which this module does not bring
 * along: it has a licence of its own and about ninety dependencies. It asks for an old AWS SDK, parts
 * of which would replace the application's: {@code dynamosession-bom} manages it without them, so
 * import that BOM, or import {@code software.amazon.awssdk:bom} to have all modules in one version.
 * DynamoDB Local unpacks the native library that it needs into {@code java.io.tmpdir}; Java 24 and
 * later print a warning about that unless started with {@code --enable-native-access=ALL-UNNAMED}.
 *
 * <p>All credentials and regions see the same tables. The port is open on all network interfaces:
 * DynamoDB Local offers no choice.
 *
 * <p>Its threads keep a process alive until {@link #close()}. Safe for use by several threads.
 */
public final class EmbeddedDynamoDbServer implements AutoCloseable {

    /** What the line that {@link #main} prints begins with; the endpoint follows. */
    public static final String READY = "Embedded DynamoDB: ";

    private static final String ARTIFACT = "com.amazonaws:DynamoDBLocal:2.6.1";
    private static final String PACKAGE = "com.amazonaws.services.dynamodbv2.local.main.";

    /** Another process may take the port between our choice and the server's start. */
    private static final int PORT_ATTEMPTS = 5;

    /** Observed: well under 100 ms; the limit only keeps {@link #close()} from waiting for ever. */
    private static final Duration THREADS_END_WITHIN = Duration.ofSeconds(60);

    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(30);

    private static @Nullable EmbeddedDynamoDbServer shared;

    private final int port;
    private final Object server;
    private final ThreadGroup threads;
    private boolean closed;

    private EmbeddedDynamoDbServer(int port, Object server, ThreadGroup threads) {
        this.port = port;
        this.server = server;
        this.threads = threads;
    }

    /**
     * Starts a server on a free port.
     *
     * @return the server, answering requests; the caller closes it
     * @throws IllegalStateException if DynamoDB Local is missing or cannot start; the message says
     *     what to do
     */
    public static EmbeddedDynamoDbServer start() {
        for (int attempt = 1; ; attempt++) {
            try {
                return tryStart(freePort());
            } catch (BindException e) {
                if (attempt == PORT_ATTEMPTS) {
                    throw new IllegalStateException("DynamoDB Local found no free port in " + attempt + " attempts", e);
                }
            }
        }
    }

    /**
     * Starts a server on a given port.
     *
     * @param port the TCP port, or 0 for a free one
     * @return the server, answering requests; the caller closes it
     * @throws IllegalStateException if the port is taken, or DynamoDB Local is missing or cannot
     *     start; the message says what to do
     */
    public static EmbeddedDynamoDbServer start(int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port must be from 0 to 65535: " + port);
        }
        if (port == 0) {
            return start();
        }
        try {
            return tryStart(port);
        } catch (BindException e) {
            throw new IllegalStateException("DynamoDB Local cannot start: port " + port + " is taken", e);
        }
    }

    /**
     * Returns the one server that all tests of this process share, starting it at the first call.
     *
     * <p>A shutdown hook closes it. The JVM runs such hooks at {@link System#exit}, which test
     * runners call, but not while threads of the server are all that is left: a {@code main} method
     * that returns has to close it itself, or use {@link #start()}. If it was closed, the next call
     * starts another.
     *
     * @return the shared server; callers leave it open
     * @throws IllegalStateException as {@link #start()}
     */
    public static EmbeddedDynamoDbServer shared() {
        synchronized (EmbeddedDynamoDbServer.class) {
            EmbeddedDynamoDbServer current = shared;
            if (current == null || current.isClosed()) {
                EmbeddedDynamoDbServer started = start();
                Runtime.getRuntime().addShutdownHook(new Thread(started::close, "embedded-dynamodb-close"));
                shared = started;
                return started;
            }
            return current;
        }
    }

    /**
     * Runs a server in a process of its own, for callers whose class path does not get on with DynamoDB
     * Local's. Prints {@value #READY} and the {@linkplain #endpoint() endpoint} on one line of standard
     * output when it answers, after whatever DynamoDB Local prints. The process ends when its standard
     * input does: also when the process that started it is killed.
     *
     * @param arguments none, or the TCP port
     * @throws IllegalStateException as {@link #start(int)}; the process then ends with status 1
     */
    public static void main(String[] arguments) {
        Thread watch = new Thread(EmbeddedDynamoDbServer::endWithInput, "embedded-dynamodb-watch");
        watch.setDaemon(true);
        watch.start();
        EmbeddedDynamoDbServer server = start(arguments.length == 0 ? 0 : Integer.parseInt(arguments[0]));
        System.out.println(READY + server.endpoint());
    }

    private static void endWithInput() {
        try {
            while (System.in.read() >= 0) {
                // Nothing is ever sent.
            }
        } catch (IOException e) {
            // As much an end as the other.
        }
        System.exit(0);
    }

    /**
     * Returns the TCP port that the server listens on.
     *
     * @return the port, never 0
     */
    public int port() {
        return port;
    }

    /**
     * Returns the address for {@code endpointOverride}.
     *
     * @return an {@code http} address on this machine
     */
    public URI endpoint() {
        return URI.create("http://localhost:" + port);
    }

    /**
     * Makes a client of this server, with made-up credentials and the SDK's default HTTP client.
     *
     * @return a new client; the caller closes it
     */
    public DynamoDbClient client() {
        return DynamoDbClient.builder()
                .endpointOverride(endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials())
                .build();
    }

    /**
     * Makes an asynchronous client of this server, with made-up credentials and the SDK's default
     * HTTP client.
     *
     * @return a new client; the caller closes it
     */
    public DynamoDbAsyncClient asyncClient() {
        return DynamoDbAsyncClient.builder()
                .endpointOverride(endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials())
                .build();
    }

    /** Stops the server, drops its tables and ends its threads. Closing again does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            invoke(server, "stop");
        } catch (IOException e) {
            throw new UncheckedIOException("DynamoDB Local did not stop cleanly", e);
        } finally {
            endThreads(threads);
        }
    }

    @Override
    public String toString() {
        return "EmbeddedDynamoDbServer[" + endpoint() + (isClosed() ? ", closed]" : "]");
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private static StaticCredentialsProvider credentials() {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local"));
    }

    private static int freePort() {
        // On all interfaces, because that is where DynamoDB Local will bind.
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("no free port for DynamoDB Local", e);
        }
    }

    /**
     * Starts on one port.
     *
     * <p>Runs in a thread group of its own, which all threads of the server inherit: that is how
     * {@link #close()} finds those that {@code stop} leaves behind, which would keep the process
     * alive.
     */
    private static EmbeddedDynamoDbServer tryStart(int port) throws BindException {
        ThreadGroup threads = new ThreadGroup("embedded-dynamodb-" + port);
        FutureTask<Object> start = new FutureTask<>(() -> startServer(port));
        new Thread(threads, start, "embedded-dynamodb-start").start();
        try {
            return new EmbeddedDynamoDbServer(port, start.get(), threads);
        } catch (InterruptedException e) {
            start.cancel(true);
            endThreads(threads);
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while DynamoDB Local was starting", e);
        } catch (ExecutionException e) {
            endThreads(threads);
            throw explain(e.getCause());
        }
    }

    private static Object startServer(int port) throws Exception {
        // By reflection: nothing here is compiled against DynamoDB Local, so that its absence, or a
        // misfit of versions, ends in a message instead of a linkage error in the caller's class.
        ClassLoader loader = EmbeddedDynamoDbServer.class.getClassLoader();
        Class<?> runner = Class.forName(PACKAGE + "ServerRunner", true, loader);
        String[] arguments = {"-inMemory", "-sharedDb", "-disableTelemetry", "-port", Integer.toString(port)};
        // The entry point that AWS documents for use in tests; it prints a few lines on standard output.
        Object server = runner.getMethod("createServerFromCommandLineArgs", String[].class)
                .invoke(null, (Object) arguments);
        Objects.requireNonNull(server, "DynamoDB Local made no server");
        try {
            invoke(server, "start");
            probe(port);
            return server;
        } catch (Exception | LinkageError e) {
            try {
                invoke(server, "stop");
            } catch (Exception | LinkageError suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /**
     * Sends the first request. It loads the native library, so a failure to do so is found here
     * and not as a series of repeated 500s in some test.
     */
    private static void probe(int port) throws IOException {
        URI uri = URI.create("http://localhost:" + port);
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection(Proxy.NO_PROXY);
        try {
            connection.setConnectTimeout((int) PROBE_TIMEOUT.toMillis());
            connection.setReadTimeout((int) PROBE_TIMEOUT.toMillis());
            connection.setRequestProperty("Content-Type", "application/x-amz-json-1.0");
            connection.setRequestProperty("X-Amz-Target", "DynamoDB_20120810.ListTables");
            connection.setRequestProperty(
                    "Authorization",
                    "AWS4-HMAC-SHA256 Credential=local/20200101/us-east-1/dynamodb/aws4_request,"
                            + " SignedHeaders=host, Signature=0");
            connection.setDoOutput(true);
            try (OutputStream body = connection.getOutputStream()) {
                body.write("{}".getBytes(StandardCharsets.UTF_8));
            }
            int status = connection.getResponseCode();
            if (status == 500) {
                throw new IllegalStateException("DynamoDB Local started but cannot open its database ("
                        + title(connection)
                        + "). The usual reason is its"
                        + " native library, which it unpacks into the directory of the system"
                        + " property java.io.tmpdir: that has to exist, be writable and allow"
                        + " execution. As an alternative it looks for the library sqlite4java"
                        + " on java.library.path. After a NoClassDefFoundError, check instead that"
                        + " the class path has all that " + ARTIFACT + " depends on");
            }
            if (status != 200) {
                throw new IllegalStateException("DynamoDB Local answered its first request with HTTP status " + status);
            }
            try (InputStream body = connection.getInputStream()) {
                body.readAllBytes();
            }
        } finally {
            connection.disconnect();
        }
    }

    /** The title of the error page, which names the exception. */
    private static String title(HttpURLConnection connection) throws IOException {
        try (InputStream body = connection.getErrorStream()) {
            String page = body == null ? "" : new String(body.readAllBytes(), StandardCharsets.UTF_8);
            int from = page.indexOf("<title>");
            int to = page.indexOf("</title>");
            return from < 0 || to < from ? "no reason given" : page.substring(from + "<title>".length(), to);
        }
    }

    private static RuntimeException explain(@Nullable Throwable failure) throws BindException {
        if (failure instanceof ClassNotFoundException) {
            return new IllegalStateException(
                    "DynamoDB Local is not on the class path: add " + ARTIFACT + " as a test dependency", failure);
        }
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof BindException taken) {
                throw taken;
            }
            if (t instanceof LinkageError) {
                return new IllegalStateException(
                        "DynamoDB Local does not fit the other libraries on the class path: import"
                                + " software.amazon.awssdk:bom, so that all modules of the AWS SDK are of"
                                + " one version, and add " + ARTIFACT + " with all that it depends on",
                        failure);
            }
        }
        if (failure instanceof IllegalStateException told) {
            return told;
        }
        return new IllegalStateException("DynamoDB Local cannot start", failure);
    }

    /** Calls a public method without parameters and lets its own exception through. */
    private static void invoke(Object target, String method) throws IOException {
        try {
            target.getClass().getMethod(method).invoke(target);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            if (cause instanceof Error error) {
                throw error;
            }
            throw cause instanceof IOException io ? io : new IOException(method + " failed", cause);
        } catch (ReflectiveOperationException e) {
            throw new IOException(ARTIFACT + " has no usable method " + method, e);
        }
    }

    /**
     * Interrupts what is left in the group until it is empty.
     *
     * <p>DynamoDB Local 2.6.1 leaves a job behind that sleeps, in a pool that was told to shut down:
     * one interrupt ends it.
     */
    private static void endThreads(ThreadGroup group) {
        boolean interrupted = Thread.interrupted();
        long deadline = System.nanoTime() + THREADS_END_WITHIN.toNanos();
        List<Thread> left = threadsOf(group);
        while (!left.isEmpty() && System.nanoTime() < deadline) {
            left.forEach(Thread::interrupt);
            try {
                left.get(0).join(20);
            } catch (InterruptedException e) {
                interrupted = true;
            }
            left = threadsOf(group);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The threads of the group that would keep the process alive. */
    private static List<Thread> threadsOf(ThreadGroup group) {
        Thread[] found = new Thread[group.activeCount() + 16];
        int count = group.enumerate(found);
        return Arrays.stream(found, 0, count)
                .filter(t -> !t.isDaemon() && t.isAlive() && t != Thread.currentThread())
                .toList();
    }
}
