// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One GET request, sent over and over on a kept connection by a client that costs next to nothing: a
 * general one would be most of what is measured.
 *
 * @param port of a server on the loopback interface
 * @param path what to get
 * @param cookie the Cookie header
 */
record HttpLoad(int port, String path, String cookie) {
    /** Gets a path once and returns the cookies that it sets, as a Cookie header. */
    static String cookie(int port, String path) throws IOException, InterruptedException {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        return response.headers().allValues("set-cookie").stream()
                .map(line -> line.split(";", 2)[0])
                .collect(Collectors.joining("; "));
    }

    /** Sends until the time has come; the number of answers. */
    long until(long endNanos) throws IOException {
        byte[] request = ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        long count = 0;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (System.nanoTime() < endNanos) {
                socket.getOutputStream().write(request);
                readAnswer(in);
                count++;
            }
        }
        return count;
    }

    private void readAnswer(InputStream in) throws IOException {
        Answer answer = Answer.read(in);
        if (answer.status() != 200) {
            throw new IOException(path + " answered " + answer.status());
        }
    }

    /** A client's connection, opened anew when the server has closed it, as it does after errors. */
    static final class Connection implements AutoCloseable {
        private final int port;
        private Socket socket;
        private InputStream in;

        Connection(int port) throws IOException {
            this.port = port;
            this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
            this.in = new BufferedInputStream(socket.getInputStream());
        }

        /** Sends one request and answers its status. */
        int send(HttpLoad load) throws IOException {
            socket.getOutputStream()
                    .write(("GET " + load.path() + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + load.cookie()
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            Answer answer = Answer.read(in);
            if (answer.last()) {
                socket.close();
                socket = new Socket(InetAddress.getLoopbackAddress(), port);
                in = new BufferedInputStream(socket.getInputStream());
            }
            return answer.status();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /**
     * An answer, read to its end.
     *
     * @param status the status
     * @param last whether the server closes the connection
     */
    private record Answer(int status, boolean last) {
        static Answer read(InputStream in) throws IOException {
            int status = Integer.parseInt(line(in).split(" ", 3)[1]);
            int length = 0;
            boolean last = false;
            for (String header = line(in); !header.isEmpty(); header = line(in)) {
                String lower = header.toLowerCase(Locale.ROOT);
                if (lower.startsWith("content-length:")) {
                    length = Integer.parseInt(
                            lower.substring("content-length:".length()).strip());
                }
                last |= lower.startsWith("connection:") && lower.contains("close");
            }
            in.skipNBytes(length);
            return new Answer(status, last);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the server closed the connection");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }
}
