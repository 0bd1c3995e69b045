// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Knows starts whose process is saved, and runs later and elsewhere: nothing may connect to anything then. */
final class Snapshots {
    private static final String ON_REFRESH = "onRefresh";

    private Snapshots() {}

    /**
     * What this start makes, for the log: a snapshot by Lambda's SnapStart, a checkpoint (CRaC), something ahead of time.
     *
     * @return null: an ordinary start
     */
    static @Nullable String beingTaken() {
        return beingTaken(
                System.getenv(),
                System.getProperties(),
                ManagementFactory.getRuntimeMXBean().getInputArguments(),
                hasCheckpoints());
    }

    static @Nullable String beingTaken(
            Map<String, String> environment, Properties properties, List<String> arguments, boolean checkpoints) {
        if ("snap-start".equals(environment.get("AWS_LAMBDA_INITIALIZATION_TYPE"))) {
            return "a snapshot for SnapStart";
        }
        if ("buildtime".equals(properties.getProperty("org.graalvm.nativeimage.imagecode"))) {
            return "a native image";
        }
        if (Boolean.parseBoolean(properties.getProperty("spring.aot.processing"))) {
            return "Spring's code ahead of time";
        }
        if (ON_REFRESH.equalsIgnoreCase(properties.getProperty("spring.context.exit"))) {
            return "a training run of Spring";
        }
        if (ON_REFRESH.equalsIgnoreCase(properties.getProperty("spring.context.checkpoint"))
                || (checkpoints && hasAny(arguments, "-XX:CRaCCheckpointTo"))) {
            return "a checkpoint (CRaC)";
        }
        // The first is that of a JDK before 24, the others of 24 and 25.
        return hasAny(arguments, "-XX:ArchiveClassesAtExit", "-XX:AOTMode=record", "-XX:AOTCacheOutput")
                ? "a training run of the JVM"
                : null;
    }

    private static boolean hasAny(List<String> arguments, String... beginnings) {
        return arguments.stream().anyMatch(argument -> Stream.of(beginnings).anyMatch(argument::startsWith));
    }

    /** A JVM without checkpoints may have been told to ignore the option. */
    private static boolean hasCheckpoints() {
        try {
            Class.forName("jdk.crac.Core", false, null);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
