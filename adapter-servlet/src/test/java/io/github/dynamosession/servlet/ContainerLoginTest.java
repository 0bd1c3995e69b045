// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("What a container keeps behind facades")
class ContainerLoginTest {
    /** Each holds the next. */
    public static class Facade {
        final Object context;

        Facade(Object inner) {
            context = inner == null ? this : inner;
        }
    }

    /** Two of them, then a context whose own context is itself. */
    public static final class Context extends Facade {
        Context() {
            super(null);
        }

        public String getCookieProcessor() {
            return "found";
        }
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @DisplayName("is found there, and looking for what is not there ends, also where facades lead back to themselves")
    void ends() throws Exception {
        Facade facade = new Facade(new Facade(new Context()));
        assertThat(ContainerLogin.behindFacades(facade, "getCookieProcessor")).isEqualTo("found");
        assertThat(ContainerLogin.behindFacades(facade, "getLoginConfig")).isNull();
    }
}
