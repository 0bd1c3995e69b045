// SPDX-License-Identifier: Apache-2.0
/** The servlet filter in Tomcat, Jetty and Undertow, driven over HTTP. */
@NullMarked
package io.github.dynamosession.it.servlet;

import org.jspecify.annotations.NullMarked;
