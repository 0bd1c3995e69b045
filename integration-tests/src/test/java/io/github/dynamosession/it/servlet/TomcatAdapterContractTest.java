// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import org.junit.jupiter.api.DisplayName;

@DisplayName("Sessions of the servlet filter in Tomcat")
class TomcatAdapterContractTest extends ServletAdapterContract {
    TomcatAdapterContractTest() {
        super(Container.TOMCAT);
    }
}
