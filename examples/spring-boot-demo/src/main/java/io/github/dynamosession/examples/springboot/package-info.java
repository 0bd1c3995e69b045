// SPDX-License-Identifier: Apache-2.0
/**
 * A Spring Boot application with Spring Security whose sessions are in DynamoDB. Two lines of
 * {@code application.properties} are all that it does for them; the rest is any application.
 */
@NullMarked
package io.github.dynamosession.examples.springboot;

import org.jspecify.annotations.NullMarked;
