// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.quarkus.test.junit.QuarkusTest;

/** The Dev Service starts the test kit's DynamoDB in a process of its own. */
@QuarkusTest
class DynamoDbThroughput extends Throughput {}
