// SPDX-License-Identifier: Apache-2.0
/**
 * What authors of a store or a codec implement, and the values they exchange with the engine.
 *
 * <p>Start with {@link io.github.dynamosession.spi.SessionStore}, whose Javadoc is the contract,
 * clause by clause, or with {@link io.github.dynamosession.spi.SessionCodec}. This package depends
 * on nothing but the JDK: what applications call lives one package up, what is particular to a
 * database lives in the package of that database.
 */
@NullMarked
package io.github.dynamosession.spi;

import org.jspecify.annotations.NullMarked;
