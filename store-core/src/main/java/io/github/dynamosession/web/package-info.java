// SPDX-License-Identifier: Apache-2.0
/**
 * The hall of the adapters: the rules that all frameworks share for one request, its session and its cookie. {@link
 * io.github.dynamosession.web.SessionExchange} decides, {@link io.github.dynamosession.web.BlockingExchange} and {@link
 * io.github.dynamosession.web.AsyncExchange} do the I/O that it asks for, {@link
 * io.github.dynamosession.web.CookiePolicy} knows the cookie, and {@link io.github.dynamosession.web.SessionFailure}
 * the answer to a failure. Nothing of a framework lives here, and applications have no need of it.
 */
@NullMarked
package io.github.dynamosession.web;

import org.jspecify.annotations.NullMarked;
