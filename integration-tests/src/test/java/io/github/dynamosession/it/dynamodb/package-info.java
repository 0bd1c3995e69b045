// SPDX-License-Identifier: Apache-2.0
/** The DynamoDB store against DynamoDB Local, through a proxy that loses replies where a test asks for it. */
package io.github.dynamosession.it.dynamodb;
