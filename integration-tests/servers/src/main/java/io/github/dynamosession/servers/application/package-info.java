// SPDX-License-Identifier: Apache-2.0
/** The web application that is deployed to each server: it knows nothing of DynamoSession. */
@NullMarked
package io.github.dynamosession.servers.application;

import org.jspecify.annotations.NullMarked;
