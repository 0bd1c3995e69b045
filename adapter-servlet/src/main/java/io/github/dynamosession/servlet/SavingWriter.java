// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;

/**
 * The response's characters on their way out; counts them at the worst case of the charset, and saves
 * before they may commit the response.
 *
 * <p>Every method of {@link PrintWriter}, {@code printf} included, ends in those of the writer inside.
 * An exception of a save passes through, because {@link PrintWriter} swallows only {@link IOException}.
 */
final class SavingWriter extends PrintWriter {
    private static final int LINE_END = 2;

    private final PrintWriter container;
    private final SessionResponse response;

    SavingWriter(PrintWriter container, SessionResponse response) {
        super(new Saving(container, response));
        this.container = container;
        this.response = response;
    }

    /** A container has line ends of its own. */
    @Override
    public void println() {
        response.beforeWrite((long) Math.ceil(LINE_END * response.bytesPerCharacter()));
        container.println();
    }

    @Override
    public boolean checkError() {
        boolean own = super.checkError();
        return container.checkError() || own;
    }

    private static final class Saving extends Writer {
        private final PrintWriter out;
        private final SessionResponse response;
        private final double bytesPerCharacter;

        Saving(PrintWriter out, SessionResponse response) {
            this.out = out;
            this.response = response;
            this.bytesPerCharacter = response.bytesPerCharacter();
        }

        private void before(int characters) {
            response.beforeWrite((long) Math.ceil(characters * bytesPerCharacter));
        }

        @Override
        public void write(int c) {
            before(1);
            out.write(c);
        }

        @Override
        public void write(char[] characters, int offset, int length) {
            before(length);
            out.write(characters, offset, length);
        }

        @Override
        public void write(String text, int offset, int length) {
            before(length);
            out.write(text, offset, length);
        }

        @Override
        public void flush() {
            response.beforeCommit();
            out.flush();
        }

        @Override
        public void close() {
            response.beforeCommit();
            out.close();
        }
    }
}
