// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers.application;

import jakarta.enterprise.context.SessionScoped;
import java.io.Serializable;

/** A bean of CDI's session. */
@SessionScoped
public class Basket implements Serializable {
    private static final long serialVersionUID = 1L;

    private String content = "empty";

    public String content() {
        return content;
    }

    public void put(String value) {
        content = value;
    }
}
