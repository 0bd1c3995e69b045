// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.lang.reflect.Field;

/**
 * Says which fields of the application's classes a container fills each time that an object is read. They are no
 * data, and codecs that store fields leave them out. An adapter whose container does so hands one over with the
 * settings, by this type; see {@link ProviderContext#resource}.
 */
@FunctionalInterface
public interface InjectedFields {
    /** No field is filled by a container. */
    InjectedFields NONE = field -> false;

    /**
     * Whether the container fills a field. The answer for a field stays the same.
     *
     * @param field a field that is neither static nor transient
     * @return true if it is not to be stored
     */
    boolean contains(Field field);
}
