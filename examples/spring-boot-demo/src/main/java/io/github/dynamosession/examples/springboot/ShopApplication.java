// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;

/** A shop; any number of nodes, one table. */
@SpringBootApplication(exclude = UserDetailsServiceAutoConfiguration.class)
class ShopApplication {}
