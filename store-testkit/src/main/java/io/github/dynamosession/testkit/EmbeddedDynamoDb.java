// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a test class a DynamoDB that runs inside the test's own process.
 *
 * <p>Constructors, test methods and lifecycle methods may declare parameters of these types:
 *
 * <ul>
 *   <li>{@link EmbeddedDynamoDbServer}: the server, {@linkplain EmbeddedDynamoDbServer#shared()
 *       shared} by all test classes of the process;
 *   <li>{@link software.amazon.awssdk.services.dynamodb.DynamoDbClient DynamoDbClient} and {@link
 *       software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient DynamoDbAsyncClient}: a client
 *       of that server, one per test class, closed after it.
 * </ul>
 *
 * <p>Tables outlive the test class, so a class should use table names of its own.
 *
 * <pre>{@code
 * @EmbeddedDynamoDb
 * class CartTest {
 *     @Test
 *     void keepsTheCart(DynamoDbClient dynamoDb) { ... }
 * }
 * }</pre>
 *
 * <p>Needs {@code com.amazonaws:DynamoDBLocal} on the class path, see {@link
 * EmbeddedDynamoDbServer}.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ExtendWith(EmbeddedDynamoDbExtension.class)
public @interface EmbeddedDynamoDb {}
