// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** A small shop; any number of nodes, one table. */
@SpringBootApplication
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
