// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.context.annotation.Requires;
import io.micronaut.websocket.WebSocketSession;
import io.micronaut.websocket.annotation.OnMessage;
import io.micronaut.websocket.annotation.OnOpen;
import io.micronaut.websocket.annotation.ServerWebSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;

@DisplayName("A WebSocket")
class WebSocketTest {
    @Test
    @DisplayName("sees the session of its user, and what its messages change is saved")
    void session() throws InterruptedException {
        try (App app = App.start(App.newTable(), "spec.socket", "true")) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            BlockingQueue<String> replies = new LinkedBlockingQueue<>();
            WebSocket socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .header("Cookie", "SESSION=" + visitor.cookie())
                    .buildAsync(
                            URI.create("ws://localhost:" + app.uri().getPort() + "/chat"), new WebSocket.Listener() {
                                @Override
                                public @Nullable CompletionStage<?> onText(
                                        WebSocket socket, CharSequence data, boolean last) {
                                    replies.add(data.toString());
                                    socket.request(1);
                                    return null;
                                }
                            })
                    .join();

            assertThat(replies.poll(1, TimeUnit.MINUTES)).isEqualTo("hello Ada");
            socket.sendText("Bob", true).join();
            assertThat(replies.poll(1, TimeUnit.MINUTES)).isEqualTo("Ada is Bob");
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();

            String saved = "Ada";
            for (int i = 0; i < 300 && !saved.equals("Bob"); i++) {
                saved = visitor.text("/shop/get/name");
            }
            assertThat(saved).isEqualTo("Bob");
        }
    }

    /** Greets, and renames. */
    @ServerWebSocket("/chat")
    @Requires(property = "spec.socket")
    static class Chat {
        @OnOpen
        Publisher<String> open(WebSocketSession socket) {
            return socket.send("hello " + socket.get("name", String.class).orElse("nobody"));
        }

        @OnMessage
        Publisher<String> message(String name, WebSocketSession socket) {
            String former = socket.get("name", String.class).orElse("nobody");
            socket.put("name", name);
            return socket.send(former + " is " + name);
        }
    }
}
