// SPDX-License-Identifier: Apache-2.0
/** Logins by OpenID Connect at two nodes without affinity: started as processes, asked over HTTP. */
@NullMarked
package io.github.dynamosession.it.oidc;

import org.jspecify.annotations.NullMarked;
