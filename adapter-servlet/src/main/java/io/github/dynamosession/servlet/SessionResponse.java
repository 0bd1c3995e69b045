// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import org.jspecify.annotations.Nullable;

/**
 * The single choke point before a response is committed: chapter 5 of the specification, buffering and
 * the ways in which a response is closed. Each of them asks for a save first.
 *
 * <p>A container commits when its buffer is full. What is written is counted, characters at the worst
 * case of their charset, and the save happens when the buffer may be full: rather too early than too
 * late. What changes after it is saved at the end of the request, by one more write.
 */
final class SessionResponse extends HttpServletResponseWrapper {
    private static final String CONTENT_LENGTH = "Content-Length";

    /**
     * A single write of this part of the buffer is taken for one that fills it: Jetty passes writes of a
     * quarter of its buffer on at once.
     */
    private static final int LARGE_WRITE = 4;

    private final RequestState state;

    /** The other wrapper of the pass: who keeps the response keeps it as well. */
    private volatile @Nullable SessionRequest request;

    private @Nullable SavingOutputStream stream;
    private @Nullable SavingWriter writer;

    SessionResponse(HttpServletResponse response, RequestState state) {
        super(response);
        this.state = state;
    }

    void belongTo(SessionRequest owner) {
        request = owner;
    }

    private RequestState state() {
        SessionRequest owner = request;
        return owner == null ? state : owner.state();
    }

    HttpServletResponse wrapped() {
        return (HttpServletResponse) getResponse();
    }

    /** The container's own response, below what others have put around it. */
    HttpServletResponse bottom() {
        ServletResponse current = this;
        HttpServletResponse found = this;
        while (current instanceof ServletResponseWrapper wrapper) {
            current = wrapper.getResponse();
            if (current instanceof HttpServletResponse response) {
                found = response;
            }
        }
        return found;
    }

    /** The response is about to be committed, whatever is in its buffer. */
    void beforeCommit() {
        if (!isCommitted()) {
            state().save();
        }
    }

    /** So many more bytes, at most, are about to be written. */
    void beforeWrite(long bytes) {
        long total = state.count(bytes);
        if (!state.mayHaveToSave()) {
            return;
        }
        int buffer = getBufferSize();
        boolean full = total >= buffer || bytes >= buffer / LARGE_WRITE || state.isComplete(total);
        if (full && !isCommitted()) {
            state().saveIfUsed();
        }
    }

    /** How many bytes a character of this response may need. */
    double bytesPerCharacter() {
        String encoding = getCharacterEncoding();
        try {
            Charset charset = Charset.forName(encoding == null ? "ISO-8859-1" : encoding);
            return charset.canEncode() ? charset.newEncoder().maxBytesPerChar() : 1;
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            return 4;
        }
    }

    @Override
    public ServletOutputStream getOutputStream() throws IOException {
        SavingOutputStream current = stream;
        if (current == null) {
            current = new SavingOutputStream(super.getOutputStream(), this);
            stream = current;
        }
        return current;
    }

    @Override
    public PrintWriter getWriter() throws IOException {
        SavingWriter current = writer;
        if (current == null) {
            current = new SavingWriter(super.getWriter(), this);
            writer = current;
        }
        return current;
    }

    // The container must not put an id of its own into a URL. A null URL is nobody's: containers give it back.

    @Override
    public @Nullable String encodeURL(@Nullable String url) {
        return url == null ? null : state().encoded(url);
    }

    @Override
    public @Nullable String encodeRedirectURL(@Nullable String url) {
        return url == null ? null : state().encoded(url);
    }

    @Override
    public void flushBuffer() throws IOException {
        beforeCommit();
        super.flushBuffer();
    }

    @Override
    public void reset() {
        super.reset();
        stream = null;
        writer = null;
        state.resetCount(true);
        state().headersReset(this);
    }

    @Override
    public void resetBuffer() {
        super.resetBuffer();
        state.resetCount(false);
    }

    @Override
    public void sendError(int status, @Nullable String message) throws IOException {
        beforeCommit();
        state().mayReturn();
        super.sendError(status, message);
    }

    @Override
    public void sendError(int status) throws IOException {
        beforeCommit();
        state().mayReturn();
        super.sendError(status);
    }

    @Override
    public void sendRedirect(String location) throws IOException {
        beforeCommit();
        super.sendRedirect(location);
    }

    // The overloads of Servlet 6.1. The wrapper's own would go straight to the container, and those of an
    // older container do not exist: each is answered by what 6.0 has, if it has to be.

    @Override
    public void sendRedirect(String location, boolean clearBuffer) throws IOException {
        sendRedirect(location, SC_FOUND, clearBuffer);
    }

    @Override
    public void sendRedirect(String location, int status) throws IOException {
        sendRedirect(location, status, true);
    }

    @Override
    public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
        beforeCommit();
        Servlet61.sendRedirect(wrapped(), location, status, clearBuffer);
    }

    @Override
    public void setContentLength(int length) {
        lengthKnown(length);
        super.setContentLength(length);
    }

    @Override
    public void setContentLengthLong(long length) {
        lengthKnown(length);
        super.setContentLengthLong(length);
    }

    @Override
    public void setHeader(String name, @Nullable String value) {
        lengthHeader(name, value);
        super.setHeader(name, value);
    }

    @Override
    public void addHeader(String name, @Nullable String value) {
        lengthHeader(name, value);
        super.addHeader(name, value);
    }

    @Override
    public void setIntHeader(String name, int value) {
        if (CONTENT_LENGTH.equalsIgnoreCase(name)) {
            lengthKnown(value);
        }
        super.setIntHeader(name, value);
    }

    @Override
    public void addIntHeader(String name, int value) {
        if (CONTENT_LENGTH.equalsIgnoreCase(name)) {
            lengthKnown(value);
        }
        super.addIntHeader(name, value);
    }

    private void lengthHeader(String name, @Nullable String value) {
        if (CONTENT_LENGTH.equalsIgnoreCase(name)) {
            try {
                lengthKnown(value == null ? -1 : Long.parseLong(value.strip()));
            } catch (NumberFormatException e) {
                lengthKnown(-1);
            }
        }
    }

    /** A response with as much content as it announces is complete, and a container may send it off. */
    private void lengthKnown(long length) {
        if (state.contentLength(length) && !isCommitted()) {
            state().saveIfUsed();
        }
    }
}
