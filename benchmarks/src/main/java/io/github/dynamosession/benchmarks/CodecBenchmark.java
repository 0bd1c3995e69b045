// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import io.github.dynamosession.spi.SessionCodec;
import java.util.ArrayList;
import java.util.List;
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
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** The codecs alone: all attributes of a session, one after the other. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 8, time = 1)
@Measurement(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class CodecBenchmark {
    /** The session. */
    @Param
    public Workload workload = Workload.SESSION_2_KB;

    /** The codec. */
    @Param
    public Format format = Format.JSON;

    private SessionCodec codec = Format.JSON.codec();
    private final List<Object> values = new ArrayList<>();
    private final List<byte[]> encoded = new ArrayList<>();

    /** For JMH. */
    public CodecBenchmark() {}

    /** Makes and encodes the values. */
    @Setup
    public void prepare() {
        codec = format.codec();
        values.addAll(workload.attributes().values());
        values.forEach(value -> encoded.add(codec.encode(value)));
    }

    /**
     * Encodes all values.
     *
     * @param results where they go
     */
    @Benchmark
    public void encode(Blackhole results) {
        for (Object value : values) {
            results.consume(codec.encode(value));
        }
    }

    /**
     * Decodes all values, as the types that they name themselves.
     *
     * @param results where they go
     */
    @Benchmark
    public void decode(Blackhole results) {
        for (byte[] bytes : encoded) {
            results.consume(codec.decode(bytes, Object.class));
        }
    }
}
