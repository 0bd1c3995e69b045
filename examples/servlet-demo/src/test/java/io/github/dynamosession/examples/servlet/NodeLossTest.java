// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The front door")
class NodeLossTest {
    private RunningDemo demo;
    private Visitor visitor;

    @BeforeEach
    void start() {
        demo = RunningDemo.shared();
        visitor = new Visitor(demo.base());
    }

    @Test
    @DisplayName("keeps a visitor logged in when a node is killed, and gives requests to it again when it is back")
    void killed() {
        visitor.get("/login?user=Ada");
        try {
            assertThat(visitor.post("/demo/nodes/A/kill", "").status()).isEqualTo(200);
            RunningDemo.await("node A to be gone", () -> state("A").equals("stopped"));
            for (int i = 0; i < 4; i++) {
                Visitor.Answer answer = visitor.get("/who");
                assertThat(answer.text()).isEqualTo("Ada");
                assertThat(answer.node()).isEqualTo("B");
            }
        } finally {
            visitor.post("/demo/nodes/A/start", "");
        }
        RunningDemo.await("node A to be back", () -> state("A").equals("running"));
        RunningDemo.await("an answer of node A", () -> {
            Visitor.Answer answer = visitor.get("/who");
            assertThat(answer.text()).isEqualTo("Ada");
            return answer.node().equals("A");
        });
    }

    @Test
    @DisplayName("lets no other site kill a node")
    void foreign() {
        assertThat(visitor.post("/demo/nodes/A/kill", "", "Sec-Fetch-Site", "cross-site")
                        .status())
                .isEqualTo(403);
        assertThat(visitor.post("/demo/nodes/A/kill", "", "Origin", "https://example.org")
                        .status())
                .isEqualTo(403);
        assertThat(visitor.get("/demo/nodes/A/kill").status()).isEqualTo(405);
        assertThat(visitor.post("/demo/nodes/Z/kill", "").status()).isEqualTo(404);
        assertThat(state("A")).isEqualTo("running");
    }

    private String state(String node) {
        String json = visitor.get("/demo/nodes").text();
        return json.replaceFirst(".*\"name\":\"" + node + "\"[^}]*\"state\":\"(\\w+)\".*", "$1");
    }
}
