// SPDX-License-Identifier: Apache-2.0
/** The contract of adapters as a web application: it runs where its requests are answered, in the server. */
@NullMarked
package io.github.dynamosession.servers.contract;

import org.jspecify.annotations.NullMarked;
