// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What Servlet 6.1 has and 6.0 has not. This module is compiled against 6.1 and runs on both: what is called
 * on a container goes through here.
 */
final class Servlet61 {
    private static final @Nullable MethodHandle SEND_REDIRECT = find(
            HttpServletResponse.class,
            "sendRedirect",
            MethodType.methodType(void.class, String.class, int.class, boolean.class));
    private static final @Nullable MethodHandle WRITE =
            find(ServletOutputStream.class, "write", MethodType.methodType(void.class, ByteBuffer.class));

    /** Whether a session has an accessor. */
    static final boolean HAS_ACCESSOR = hasAccessor();

    private Servlet61() {}

    private static boolean hasAccessor() {
        return Arrays.stream(HttpSession.class.getMethods())
                .anyMatch(method -> method.getName().equals("getAccessor"));
    }

    private static @Nullable MethodHandle find(Class<?> type, String name, MethodType signature) {
        try {
            return MethodHandles.publicLookup().findVirtual(type, name, signature);
        } catch (NoSuchMethodException | IllegalAccessException e) {
            return null;
        }
    }

    static void sendRedirect(HttpServletResponse response, String location, int status, boolean clearBuffer)
            throws IOException {
        MethodHandle method = SEND_REDIRECT;
        if (method == null) {
            throw new UnsupportedOperationException("this container knows Servlet 6.0 only");
        }
        try {
            method.invoke(response, location, status, clearBuffer);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a method threw what it does not declare", e);
        }
    }

    static void write(ServletOutputStream stream, ByteBuffer buffer) throws IOException {
        MethodHandle method = WRITE;
        if (method == null) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            stream.write(bytes);
            return;
        }
        try {
            method.invoke(stream, buffer);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a method threw what it does not declare", e);
        }
    }
}
