// SPDX-License-Identifier: Apache-2.0
package com.shop;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import java.util.EnumSet;
import java.util.Set;
import org.apache.wicket.protocol.http.WicketFilter;

/** As web.xml would. */
public class Setup implements ServletContainerInitializer {
    @Override
    public void onStartup(Set<Class<?>> classes, ServletContext context) {
        FilterRegistration.Dynamic filter = context.addFilter("wicket", WicketFilter.class);
        filter.setInitParameter("applicationClassName", ShopApplication.class.getName());
        filter.setInitParameter("configuration", "deployment");
        filter.setInitParameter(WicketFilter.FILTER_MAPPING_PARAM, "/*");
        filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, "/*");
    }
}
