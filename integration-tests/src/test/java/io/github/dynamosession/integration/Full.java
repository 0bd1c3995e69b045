// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.integration;

/**
 * Whether the build was started with {@code -Dtests=full}: then tests also run what takes long and seldom finds
 * something. {@code docs/building.md} says what that is. Whoever asks here has the tag, so that .ci/run finds it.
 */
public final class Full {
    /** The tag of test classes that do more when everything is asked for. */
    public static final String TAG = "full";

    /** False in the default build. */
    public static final boolean IS_ASKED_FOR = "full".equals(System.getProperty("tests"));

    private Full() {}
}
