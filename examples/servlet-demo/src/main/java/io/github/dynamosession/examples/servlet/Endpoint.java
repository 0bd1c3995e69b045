// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/** A server that the launcher starts at the same time as those who need it. */
public final class Endpoint {
    private Endpoint() {}

    /**
     * Waits until a server accepts connections, at most a minute. The caller finds out what is wrong if it does not.
     *
     * @param endpoint with a host and a port
     */
    public static void awaitOpen(URI endpoint) {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (System.nanoTime() < deadline) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(endpoint.getHost(), endpoint.getPort()), 1_000);
                return;
            } catch (IOException e) {
                try {
                    Thread.sleep(100);
                } catch (InterruptedException interrupt) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }
}
