// SPDX-License-Identifier: Apache-2.0
/** A shop on servlets, whose users log in by OpenID Connect. */
@NullMarked
package io.github.dynamosession.it.oidc.servlets;

import org.jspecify.annotations.NullMarked;
