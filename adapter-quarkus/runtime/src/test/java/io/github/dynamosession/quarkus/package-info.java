// SPDX-License-Identifier: Apache-2.0

/** What the extension does without a running Quarkus. */
package io.github.dynamosession.quarkus;
