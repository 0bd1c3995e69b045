// SPDX-License-Identifier: Apache-2.0
/** Spring Boot applications on the auto-configuration, on real servers over DynamoDB Local. */
@NullMarked
package io.github.dynamosession.it.spring;

import org.jspecify.annotations.NullMarked;
