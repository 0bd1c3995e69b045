// SPDX-License-Identifier: Apache-2.0
/**
 * A small shop served by two nodes that share one table: a launcher that starts the nodes, the database
 * and a front door, and the web application that each node serves. Not published, not API.
 */
@NullMarked
package io.github.dynamosession.examples.servlet;

import org.jspecify.annotations.NullMarked;
