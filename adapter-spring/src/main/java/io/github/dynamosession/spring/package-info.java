// SPDX-License-Identifier: Apache-2.0
/**
 * Auto-configuration for Spring Boot: sessions of servlet applications by the filter of the servlet adapter, sessions
 * of WebFlux applications, and a codec for the objects that Spring Security and Spring MVC keep in sessions. What a
 * session does is the engine's; this package hands it Spring's configuration and beans.
 */
@NullMarked
package io.github.dynamosession.spring;

import org.jspecify.annotations.NullMarked;
