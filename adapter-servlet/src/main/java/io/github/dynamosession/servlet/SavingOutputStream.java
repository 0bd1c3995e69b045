// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The response's bytes on their way out; counts them, and saves before they may commit the response.
 * Non-blocking writes take the same way.
 */
final class SavingOutputStream extends ServletOutputStream {
    private static final int LINE_END = 2;

    private final ServletOutputStream out;
    private final SessionResponse response;

    SavingOutputStream(ServletOutputStream out, SessionResponse response) {
        this.out = out;
        this.response = response;
    }

    @Override
    public void write(int b) throws IOException {
        response.beforeWrite(1);
        out.write(b);
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        write(bytes, 0, bytes.length);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        response.beforeWrite(length);
        out.write(bytes, offset, length);
    }

    @Override
    public void write(ByteBuffer buffer) throws IOException {
        response.beforeWrite(buffer.remaining());
        Servlet61.write(out, buffer);
    }

    @Override
    public void print(String text) throws IOException {
        response.beforeWrite(bytes(text));
        out.print(text);
    }

    @Override
    public void println(String text) throws IOException {
        response.beforeWrite(bytes(text) + LINE_END);
        out.println(text);
    }

    @Override
    public void println() throws IOException {
        response.beforeWrite(LINE_END);
        out.println();
    }

    // The other print methods of the class end in those above.

    private static long bytes(String text) {
        return text == null ? 4 : text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Override
    public void flush() throws IOException {
        response.beforeCommit();
        out.flush();
    }

    @Override
    public void close() throws IOException {
        response.beforeCommit();
        out.close();
    }

    @Override
    public boolean isReady() {
        return out.isReady();
    }

    @Override
    public void setWriteListener(WriteListener listener) {
        out.setWriteListener(listener);
    }
}
