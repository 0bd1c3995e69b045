// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Several observers")
class SessionObserverTest {
    private final List<String> told = new ArrayList<>();

    private SessionObserver observer(String name) {
        return new SessionObserver() {
            @Override
            public void unreadableAttribute(UnreadableValueException reason) {
                told.add(name);
                if (name.startsWith("bad")) {
                    throw new IllegalStateException(name);
                }
            }
        };
    }

    @Test
    @DisplayName("are one, none of them none, and one of them itself")
    void few() {
        SessionObserver one = observer("one");
        assertThat(SessionObserver.all(List.of())).isSameAs(SessionObserver.NONE);
        assertThat(SessionObserver.all(List.of(SessionObserver.NONE))).isSameAs(SessionObserver.NONE);
        assertThat(SessionObserver.all(List.of(SessionObserver.NONE, one))).isSameAs(one);
    }

    @Test
    @DisplayName("are told in turn, all of them, whatever one throws")
    void inTurn() {
        SessionObserver all =
                SessionObserver.all(List.of(observer("a"), observer("bad b"), observer("bad c"), observer("d")));
        assertThatThrownBy(() -> all.unreadableAttribute(new UnreadableValueException("reason", null)))
                .hasMessage("bad b")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .satisfies(suppressed -> assertThat(suppressed).hasMessage("bad c")));
        assertThat(told).containsExactly("a", "bad b", "bad c", "d");
    }

    @Test
    @DisplayName("are all told, too, if one throws an error")
    void errors() {
        SessionObserver gone = new SessionObserver() {
            @Override
            public void unreadableAttribute(UnreadableValueException reason) {
                throw new NoClassDefFoundError("gone");
            }
        };
        SessionObserver all = SessionObserver.all(List.of(gone, observer("bad b"), observer("c")));
        assertThatThrownBy(() -> all.unreadableAttribute(new UnreadableValueException("reason", null)))
                .isInstanceOf(NoClassDefFoundError.class);
        assertThat(told).containsExactly("bad b", "c");
    }
}
