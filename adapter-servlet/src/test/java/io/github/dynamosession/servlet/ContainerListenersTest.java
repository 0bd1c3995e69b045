// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpSessionListener;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Of a container's listeners")
class ContainerListenersTest {
    /** What a container adds to its context, and we do not know. */
    public interface Strange {
        Object getDeployment();
    }

    private static ServletContext context(Class<?>... interfaces) {
        return (ServletContext) Proxy.newProxyInstance(
                ContainerListenersTest.class.getClassLoader(), interfaces, (proxy, method, arguments) -> null);
    }

    @Test
    @DisplayName("none are found in a container that is not known, and nothing fails")
    void unknown() {
        ContainerListeners listeners = ContainerListeners.of(context(ServletContext.class));
        assertThat(listeners.of(HttpSessionListener.class)).isEmpty();
    }

    @Test
    @DisplayName("none are found in a container that has changed, and nothing fails")
    void changed() {
        ContainerListeners listeners = ContainerListeners.of(context(ServletContext.class, Strange.class));
        assertThat(listeners.of(HttpSessionListener.class)).isEmpty();
    }
}
