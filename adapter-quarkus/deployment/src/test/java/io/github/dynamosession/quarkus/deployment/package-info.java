// SPDX-License-Identifier: Apache-2.0

/** The extension in small applications. */
package io.github.dynamosession.quarkus.deployment;
