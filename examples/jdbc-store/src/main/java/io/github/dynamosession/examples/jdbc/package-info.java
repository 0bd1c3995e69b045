// SPDX-License-Identifier: Apache-2.0
/** A store of sessions in a relational database, as an example for authors of stores. */
@NullMarked
package io.github.dynamosession.examples.jdbc;

import org.jspecify.annotations.NullMarked;
