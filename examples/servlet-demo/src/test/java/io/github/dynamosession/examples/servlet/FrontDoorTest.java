// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("jdk25")
@DisplayName("The front door, between a visitor and nodes that fail,")
class FrontDoorTest {
    private static final String GOOD = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Demo-Node: A\r\n\r\nok";

    private FrontDoor front;

    @AfterEach
    void close() {
        if (front != null) {
            front.close();
        }
    }

    @Test
    @DisplayName("asks the next node if one refuses the connection")
    void refused() throws IOException {
        try (FakeNode gone = new FakeNode("node A", GOOD);
                FakeNode good = new FakeNode("node B", GOOD)) {
            gone.close();
            Visitor visitor = open(gone, good);
            for (int i = 0; i < 4; i++) {
                assertThat(visitor.get("/change").text()).isEqualTo("ok");
            }
            assertThat(good.requests()).isEqualTo(4);
        }
    }

    @Test
    @DisplayName("answers 502 and repeats nothing if a node ends while it works")
    void lost() throws IOException {
        try (FakeNode dying = new FakeNode("node A", "");
                FakeNode good = new FakeNode("node B", GOOD)) {
            Visitor visitor = open(dying, good);
            assertThat(visitor.get("/change").status()).isEqualTo(502);
            assertThat(dying.requests()).isEqualTo(1);
            assertThat(good.requests()).isZero();
        }
    }

    @Test
    @DisplayName("passes no half answers on")
    void incomplete() throws IOException {
        try (FakeNode dying = new FakeNode("node A", GOOD.substring(0, GOOD.length() - 1))) {
            assertThat(open(dying).get("/read").status()).isEqualTo(502);
        }
    }

    @Test
    @DisplayName("says so if no node is left")
    void none() throws IOException {
        FakeNode gone = new FakeNode("node A", GOOD);
        gone.close();
        Visitor.Answer answer = open(gone).get("/");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.text()).contains("No node answers");
    }

    private Visitor open(FakeNode... nodes) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        front = new FrontDoor(address, List.of(nodes), node -> {});
        front.open();
        return new Visitor("http://localhost:" + front.port());
    }

    /** Reads a request, answers what it was told, and hangs up. */
    private static final class FakeNode implements Backend, AutoCloseable {
        private final String name;
        private final ServerSocket socket;
        private final AtomicInteger requests = new AtomicInteger();
        private final Thread thread;

        FakeNode(String name, String answer) throws IOException {
            this.name = name;
            socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            thread = new Thread(() -> serve(answer), name);
            thread.setDaemon(true);
            thread.start();
        }

        private void serve(String answer) {
            while (!socket.isClosed()) {
                try (Socket connection = socket.accept()) {
                    BufferedReader in = new BufferedReader(
                            new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
                    while (!in.readLine().isEmpty()) {
                        // the head
                    }
                    requests.incrementAndGet();
                    connection.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
                } catch (IOException e) {
                    // closed
                }
            }
        }

        int requests() {
            return requests.get();
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int port() {
            return socket.getLocalPort();
        }

        @Override
        public State state() {
            return State.RUNNING;
        }

        @Override
        public Optional<Long> pid() {
            return Optional.empty();
        }

        @Override
        public boolean kill() {
            return false;
        }

        @Override
        public boolean start() {
            return false;
        }

        /** A thread that accepts just now may take one more connection. */
        @Override
        public void close() {
            try {
                socket.close();
                thread.join();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
