// SPDX-License-Identifier: Apache-2.0
package org.springframework.web.context.request;

import java.io.Serializable;

/** Of the name that Spring's has, and as serializable. */
public class DestructionCallbackBindingListener implements Serializable {
    private static final long serialVersionUID = 1L;
    private final Runnable destructionCallback = (Runnable & Serializable) () -> {};

    @Override
    public String toString() {
        return "calls " + destructionCallback;
    }
}
