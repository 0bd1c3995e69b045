// SPDX-License-Identifier: Apache-2.0

/** What Quarkus does when it builds an application that has the extension. */
@NullMarked
package io.github.dynamosession.quarkus.deployment;

import org.jspecify.annotations.NullMarked;
