// SPDX-License-Identifier: Apache-2.0
/**
 * The command line for operators: the table, its sessions, keys, and what is wrong. No API: what is public here is public
 * for the JVM. It uses the store, the settings and the AWS SDK, and no engine: it never decodes a value.
 */
@NullMarked
package io.github.dynamosession.cli;

import org.jspecify.annotations.NullMarked;
