// SPDX-License-Identifier: Apache-2.0
/** What no module can see alone: the rules of architecture and of publication. */
@NullMarked
package io.github.dynamosession.architecture;

import org.jspecify.annotations.NullMarked;
