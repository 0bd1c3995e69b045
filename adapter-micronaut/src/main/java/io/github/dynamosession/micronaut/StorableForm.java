// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

/** Replaces values of a framework's classes, which no codec knows, by values that every codec stores. */
interface StorableForm {
    /** Under which a map that stands for who is logged in has the name. */
    String NAME = "name";

    /**
     * The form to store.
     *
     * @param value what the application or the framework put
     * @return {@code value} itself unless it has to be replaced
     */
    Object of(Object value);
}
