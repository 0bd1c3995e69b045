// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.memory.InMemorySessionStore;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("jdk25")
@DisplayName("A filter that is stopped while a request is under way")
class StopTest {
    private final Map<String, Object> said = new ConcurrentHashMap<>();
    private final List<Integer> errors = Collections.synchronizedList(new ArrayList<>());
    private final List<String> cookies = Collections.synchronizedList(new ArrayList<>());
    private final List<AsyncListener> listeners = Collections.synchronizedList(new ArrayList<>());
    private final SessionManager manager = SessionManager.builder(new InMemorySessionStore())
            .codec(BareContainerTest.TEXT)
            .build();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    /** Answers what was said, and otherwise null, zero or false. */
    private <T> T bare(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(
                StopTest.class.getClassLoader(), new Class<?>[] {type}, (self, called, arguments) -> {
                    switch (called.getName()) {
                        case "addHeader" -> cookies.add((String) arguments[1]);
                        case "sendError", "setStatus" -> errors.add((Integer) arguments[0]);
                        case "addListener" -> {
                            if (arguments[0] instanceof AsyncListener listener) {
                                listeners.add(listener);
                            }
                        }
                        case "equals" -> {
                            return self == arguments[0];
                        }
                        case "hashCode" -> {
                            return System.identityHashCode(self);
                        }
                        default -> {}
                    }
                    Object answer = said.get(called.getName());
                    Class<?> result = called.getReturnType();
                    if (answer != null || !result.isPrimitive()) {
                        return answer;
                    }
                    return result == boolean.class ? (Object) false : result == int.class ? (Object) 0 : null;
                }));
    }

    private DynamoSessionFilter filter() throws Exception {
        DynamoSessionFilter filter = DynamoSessionFilter.builder(manager).build();
        said.put("getServletContext", bare(ServletContext.class));
        said.put("getDispatcherType", DispatcherType.REQUEST);
        filter.init(bare(FilterConfig.class));
        return filter;
    }

    /** Stops as a container does, and closes the manager as whoever made it does then. */
    private Thread stopping(DynamoSessionFilter filter) {
        Thread thread = new Thread(() -> {
            filter.destroy();
            manager.close();
        });
        thread.start();
        while (thread.getState() != Thread.State.TIMED_WAITING && thread.getState() != Thread.State.TERMINATED) {
            Thread.onSpinWait();
        }
        // The request cannot end by itself.
        assertThat(thread.getState()).isEqualTo(Thread.State.TIMED_WAITING);
        return thread;
    }

    @Test
    @DisplayName("lets it save before the client is closed")
    void saves() throws Exception {
        DynamoSessionFilter filter = filter();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        Future<?> request = threads.submit(() -> {
            filter.doFilter(bare(HttpServletRequest.class), bare(HttpServletResponse.class), (own, response) -> {
                ((HttpServletRequest) own).getSession().setAttribute("a", "1");
                inside.countDown();
                try {
                    leave.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            return null;
        });
        assertThat(inside.await(1, TimeUnit.MINUTES)).isTrue();
        Thread stopping = stopping(filter);
        leave.countDown();
        request.get(1, TimeUnit.MINUTES);
        stopping.join();
        assertThat(errors).isEmpty();
        assertThat(cookies).hasSize(1);
    }

    @Test
    @DisplayName("lets it save if it goes on asynchronously")
    void asynchronous() throws Exception {
        DynamoSessionFilter filter = filter();
        said.put("startAsync", bare(AsyncContext.class));
        AsyncContext[] started = new AsyncContext[1];
        filter.doFilter(bare(HttpServletRequest.class), bare(HttpServletResponse.class), (own, response) -> {
            ((HttpServletRequest) own).getSession().setAttribute("a", "1");
            started[0] = own.startAsync();
            said.put("isAsyncStarted", true);
        });
        Thread stopping = stopping(filter);
        started[0].complete();
        for (AsyncListener listener : listeners) {
            listener.onComplete(new AsyncEvent(started[0]));
        }
        stopping.join();
        assertThat(errors).isEmpty();
        assertThat(cookies).hasSize(1);
    }
}
