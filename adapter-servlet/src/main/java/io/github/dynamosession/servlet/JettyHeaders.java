// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.ServletContext;
import java.util.Collection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has Jetty read cookies in the case that they are sent in.
 *
 * <p>Jetty remembers header fields of HTTP/1.1 for each connection, compares them without case, and takes a remembered
 * field for the beginning of the next one. Behind a proxy a connection has many clients: after anybody's
 * {@code JSESSIONID=x} the ids that begin with {@code X} are read with an {@code x}, and name no session. The setting
 * {@code headerCacheCaseSensitive} of Jetty's {@code HttpConfiguration} ends this; docs/adr/0040-jetty-keeps-case.md
 * says why the filter changes it.
 */
final class JettyHeaders {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoSessionFilter.class);

    private JettyHeaders() {}

    /** Changes the configuration of all connectors, if the server is Jetty: it counts for connections opened later. */
    static void keepCase(ServletContext context) {
        if (!context.getClass().getName().startsWith("org.eclipse.jetty.")) {
            return;
        }
        try {
            Object server = ContainerListeners.call(ContainerListeners.call(context, "getContextHandler"), "getServer");
            for (Object connector : (Object[]) ContainerListeners.call(server, "getConnectors")) {
                for (Object protocol : (Collection<?>) ContainerListeners.call(connector, "getConnectionFactories")) {
                    if (ContainerListeners.has(protocol, "getHttpConfiguration")) {
                        Object configuration = ContainerListeners.call(protocol, "getHttpConfiguration");
                        configuration
                                .getClass()
                                .getMethod("setHeaderCacheCaseSensitive", boolean.class)
                                .invoke(configuration, true);
                    }
                }
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            OperatorLog.warn(
                    LOG,
                    context,
                    "Jetty may read session cookies in another case than they are sent in: set"
                            + " headerCacheCaseSensitive=true in the HttpConfiguration of each connector",
                    e);
        }
    }
}
