// SPDX-License-Identifier: Apache-2.0
package com.shop;

import com.sun.faces.application.view.ViewScopeExtension;
import com.sun.faces.cdi.CdiExtension;
import com.sun.faces.cdi.clientwindow.ClientWindowScopeExtension;
import com.sun.faces.config.FacesInitializer;
import com.sun.faces.flow.FlowCDIExtension;
import com.sun.faces.flow.FlowDiscoveryCDIExtension;
import jakarta.faces.webapp.FacesServlet;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.util.HashSet;
import java.util.Set;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.servlet.EnhancedListener;
import org.jboss.weld.environment.servlet.Listener;

/** As web.xml and the container would: Faces needs CDI. */
public class Setup implements ServletContainerInitializer {
    @Override
    public void onStartup(Set<Class<?>> classes, ServletContext context) throws ServletException {
        context.setAttribute(
                Listener.CONTAINER_ATTRIBUTE_NAME,
                new Weld()
                        .setClassLoader(Setup.class.getClassLoader())
                        .disableDiscovery()
                        .addBeanClass(More.class)
                        .addExtensions(
                                new CdiExtension(),
                                new ViewScopeExtension(),
                                new FlowCDIExtension(),
                                new FlowDiscoveryCDIExtension(),
                                new ClientWindowScopeExtension()));
        new EnhancedListener().onStartup(Set.of(), context);
        context.addServlet("faces", FacesServlet.class).addMapping("*.xhtml");
        new FacesInitializer().onStartup(new HashSet<>(Set.of(FacesServlet.class)), context);
    }
}
