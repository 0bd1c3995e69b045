// SPDX-License-Identifier: Apache-2.0
/** A shop whose users log in by OpenID Connect. */
@NullMarked
package io.github.dynamosession.it.oidc.shop;

import org.jspecify.annotations.NullMarked;
