// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What a request spends outside of the database: the codec, compression, encryption, finding out what
 * changed.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class SessionBenchmark {
    /** The session. */
    @Param
    public Workload workload = Workload.SESSION_2_KB;

    /** The codec. */
    @Param
    public Format format = Format.JSON;

    /** What lies between the codec and the store. */
    @Param
    public Wrapping wrapping = Wrapping.PLAIN;

    private final OneSessionStore store = new OneSessionStore();
    private SessionManager manager = manager();
    private Map<String, Object> attributes = Map.of();
    private String cookie = "";

    /** For JMH. */
    public SessionBenchmark() {}

    private SessionManager manager() {
        return wrapping.applyTo(SessionManager.builder(store).codec(format.codec()))
                .build();
    }

    /** Stores the session. */
    @Setup
    public void prepare() {
        manager = manager();
        attributes = workload.attributes();
        Session session = manager.newSession();
        attributes.forEach(session::set);
        require(manager.save(session) == SaveOutcome.SAVED);
        cookie = session.cookieValue();
    }

    /** Closes the manager. */
    @TearDown
    public void close() {
        manager.close();
    }

    /**
     * A request that sets every attribute.
     *
     * @param results where the session goes
     */
    @Benchmark
    public void write(Blackhole results) {
        Session session = manager.newSession();
        attributes.forEach(session::set);
        manager.save(session);
        results.consume(session);
    }

    /**
     * A request that reads every attribute; its save finds nothing to write.
     *
     * @param results where the values go
     */
    @Benchmark
    public void read(Blackhole results) {
        Session session = manager.open(cookie).orElseThrow();
        for (String name : attributes.keySet()) {
            results.consume(session.get(name).orElseThrow());
        }
        results.consume(manager.save(session));
    }

    /**
     * What the store is given.
     *
     * @return bytes, with the one that names the format of a binary value
     */
    long storedBytes() {
        prepare();
        close();
        return store.last().attributes().values().stream()
                .mapToLong(value -> value.bytes().length + (value.format() == 1 ? 0 : 1))
                .sum();
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new IllegalStateException("the benchmark does not do what it says");
        }
    }
}
