// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.net.URI;
import java.util.concurrent.CountDownLatch;
import org.springframework.boot.SpringApplication;

/**
 * Runs the application twice, on the ports 8081 and 8082, over an embedded DynamoDB, until it is
 * interrupted: {@code mvn -ntp -Pfast,demo -pl examples/spring-boot-demo -am test-compile}.
 */
final class TwoNodes {
    private TwoNodes() {}

    public static void main(String[] args) throws InterruptedException {
        System.setProperty("aws.accessKeyId", "demo");
        System.setProperty("aws.secretAccessKey", "demo");
        URI dynamoDb = EmbeddedDynamoDbServer.start().endpoint();
        for (int port : new int[] {8081, 8082}) {
            SpringApplication.run(
                    ShopApplication.class,
                    "--server.port=" + port,
                    "--logging.level.root=warn",
                    "--dynamosession.endpoint=" + dynamoDb,
                    "--dynamosession.region=eu-central-1",
                    "--dynamosession.create-table=true");
        }
        System.out.println("Ready: http://localhost:8081/ and http://localhost:8082/ share their sessions."
                + " Log in at one, as alice with the password tea, and go on at the other.");
        new CountDownLatch(1).await();
    }
}
