// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** One connection of a proxy, which has several clients. */
final class SharedConnection {
    private SharedConnection() {}

    /** The answer to a client with this cookie, after others whose cookies are like it but for the case. */
    static String ask(int port, String path, String name, String value) throws IOException {
        int letter = 0;
        while (!Character.isLetter(value.charAt(letter))) {
            letter++;
        }
        char first = value.charAt(letter);
        char other = Character.isUpperCase(first) ? Character.toLowerCase(first) : Character.toUpperCase(first);
        String[] cookies = {
            name + "=" + value.substring(0, letter) + other, name.toLowerCase(Locale.ROOT) + "=", name + "=" + value
        };
        StringBuilder requests = new StringBuilder();
        for (String cookie : cookies) {
            requests.append("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + "\r\n\r\n");
        }
        requests.insert(requests.length() - 2, "Connection: close\r\n");
        try (Socket proxy = new Socket("localhost", port)) {
            proxy.setSoTimeout(60_000);
            proxy.getOutputStream().write(requests.toString().getBytes(StandardCharsets.US_ASCII));
            String answers = new String(proxy.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answers.substring(answers.lastIndexOf("HTTP/1.1 "));
        }
    }
}
