// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.github.dynamosession.vertx;

import org.jspecify.annotations.NullMarked;
