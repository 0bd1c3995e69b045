// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Import;

/** A small shop; any number of nodes, one table. Names its parts: the package has applications of other tests, too. */
@SpringBootConfiguration
@EnableAutoConfiguration
@Import({SecurityConfiguration.class, ShopController.class})
public class ShopApplication {
    /**
     * Runs one node.
     *
     * @param args as Spring Boot reads them: {@code --server.port=8081}
     */
    public static void main(String[] args) {
        SpringApplication.run(ShopApplication.class, args);
    }
}
