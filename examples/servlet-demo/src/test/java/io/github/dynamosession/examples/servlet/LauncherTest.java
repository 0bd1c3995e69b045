// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The launcher")
class LauncherTest {
    @Test
    @DisplayName("leaves no process, no port and no file behind when it is told to end")
    void terminated() throws Exception {
        try (RunningDemo demo = RunningDemo.start("--port", "0").awaitReady()) {
            List<ProcessHandle> children = demo.children();
            List<Integer> ports = demo.ports();
            assertThat(children).hasSize(3);
            assertThat(ports).allMatch(RunningDemo::isOpen);
            assertThat(demo.files()).isNotEmpty();

            demo.terminate();

            assertThat(demo.process().waitFor(3, TimeUnit.MINUTES)).isTrue();
            assertThat(children).noneMatch(ProcessHandle::isAlive);
            assertThat(ports).noneMatch(RunningDemo::isOpen);
            assertThat(demo.files()).isEmpty();
            RunningDemo.await("the last line", () -> demo.output().endsWith("no port and no file is left"));
        }
    }

    @Test
    @DisplayName("takes its children along when it is killed")
    void killed() throws Exception {
        try (RunningDemo demo = RunningDemo.start("--port", "0").awaitReady()) {
            List<ProcessHandle> children = demo.children();
            List<Integer> ports = demo.ports();

            demo.process().destroyForcibly().waitFor();

            RunningDemo.await("the children to end", () -> children.stream().noneMatch(ProcessHandle::isAlive));
            assertThat(ports).noneMatch(RunningDemo::isOpen);
        }
    }

    @Test
    @DisplayName("uses another DynamoDB if it is given one, and leaves that alone when it ends")
    void endpoint() throws Exception {
        RunningDemo first = RunningDemo.shared();
        String endpoint = "http://127.0.0.1:" + first.databasePort();
        try (RunningDemo demo = RunningDemo.start("--port", "0", "--endpoint", endpoint, "--table", "other")
                .awaitReady()) {
            assertThat(demo.children()).hasSize(2);
            Visitor visitor = new Visitor(demo.base());
            visitor.get("/login?user=Ada");
            assertThat(visitor.get("/who").text()).isEqualTo("Ada");
            assertThat(visitor.at(first.base()).get("/who").text())
                    .as("in another table")
                    .isEqualTo("nobody");
            demo.terminate();
            demo.process().waitFor();
        }
        assertThat(RunningDemo.isOpen(first.databasePort())).isTrue();
    }

    @Test
    @DisplayName("says which option is wrong, and starts nothing")
    void badOptions() throws Exception {
        for (List<String> args : List.of(
                List.of("--prot", "1"),
                List.of("--port", "x"),
                List.of("--port"),
                List.of("--node-ports", "1"),
                List.of("--compress-above", "some"),
                List.of("--faults", "0"),
                List.of("--endpoint", "nowhere"))) {
            try (RunningDemo demo = RunningDemo.start(args.toArray(String[]::new))) {
                assertThat(demo.process().waitFor(3, TimeUnit.MINUTES)).isTrue();
                assertThat(demo.process().exitValue()).isEqualTo(2);
                RunningDemo.await("the output", () -> demo.output().contains("--help"));
                assertThat(demo.output()).startsWith("The demo cannot start: ").contains(args.get(0));
            }
        }
    }

    @Test
    @DisplayName("says which port is taken and how to choose another")
    void portTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RunningDemo demo = RunningDemo.start("--port", "" + taken.getLocalPort())) {
            assertThat(demo.process().waitFor(3, TimeUnit.MINUTES)).isTrue();
            assertThat(demo.process().exitValue()).isEqualTo(1);
            RunningDemo.await("the output", () -> demo.output().contains("--port"));
            assertThat(demo.output()).contains("port " + taken.getLocalPort() + " is taken");
        }
    }
}
