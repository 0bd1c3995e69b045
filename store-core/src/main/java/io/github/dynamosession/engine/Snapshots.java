// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import java.lang.management.ManagementFactory;

/** Knows starts whose process is saved, and runs later and elsewhere: nothing may connect to anything then. */
final class Snapshots {
    private Snapshots() {}

    /** Whether this start is one of Lambda's SnapStart, of a checkpoint (CRaC), or ahead of time. */
    static boolean isBeingTaken() {
        return "snap-start".equals(System.getenv("AWS_LAMBDA_INITIALIZATION_TYPE"))
                || "buildtime".equals(System.getProperty("org.graalvm.nativeimage.imagecode"))
                || Boolean.getBoolean("spring.aot.processing")
                || "onRefresh".equalsIgnoreCase(System.getProperty("spring.context.checkpoint"))
                || "onRefresh".equalsIgnoreCase(System.getProperty("spring.context.exit"))
                || isCheckpoint();
    }

    private static boolean isCheckpoint() {
        try {
            Class.forName("jdk.crac.Core", false, null);
        } catch (ClassNotFoundException e) {
            return false;
        }
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .anyMatch(argument -> argument.startsWith("-XX:CRaCCheckpointTo"));
    }
}
