// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Asks the operator, or reads what a script pipes in. */
final class Terminal {
    private Terminal() {}

    static boolean isInteractive() {
        return console() != null;
    }

    static String ask(String question) {
        Console console = console();
        return console == null ? line() : text(console.readLine("%s", question));
    }

    /** Without showing what is typed. */
    static String askForSecret(String question) {
        Console console = console();
        if (console == null) {
            return line();
        }
        char[] typed = console.readPassword("%s", question);
        return text(typed == null ? null : new String(typed));
    }

    /** Some releases of the JDK, from 22 on, have one without a terminal: it reads standard input then. */
    @SuppressWarnings("SystemConsoleNull")
    private static @Nullable Console console() {
        return System.console();
    }

    private static String line() {
        try {
            return text(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(@Nullable String line) {
        if (line == null) {
            throw new CommandFailedException("There is nobody to ask, and nothing on standard input");
        }
        return line.strip();
    }
}
