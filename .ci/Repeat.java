// SPDX-License-Identifier: Apache-2.0
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** What .ci/repeat starts: times, seconds after which no further run of a class begins, whether beside a load, classes. */
final class Repeat {
    private Repeat() {}

    public static void main(String[] args) {
        int times = Integer.parseInt(args[0]);
        long limit = TimeUnit.SECONDS.toNanos(Long.parseLong(args[1]));
        String load = args[2];
        PrintStream out = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        System.setErr(System.out);
        Launcher launcher = LauncherFactory.create();
        boolean failed = false;
        List<String> table = new ArrayList<>();
        for (String name : List.of(args).subList(3, args.length)) {
            LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(DiscoverySelectors.selectClass(name))
                    .build();
            Map<String, Integer> failures = new LinkedHashMap<>();
            int bad = 0;
            long tests = 0;
            long begin = System.nanoTime();
            int runs = 0;
            while (runs < times && System.nanoTime() - begin < limit) {
                runs++;
                SummaryGeneratingListener listener = new SummaryGeneratingListener();
                launcher.execute(request, listener);
                TestExecutionSummary summary = listener.getSummary();
                tests += summary.getTestsSucceededCount() + summary.getTestsFailedCount();
                if (!summary.getFailures().isEmpty()) {
                    bad++;
                    if (failures.isEmpty()) {
                        summary.getFailures().get(0).getException().printStackTrace(out);
                    }
                    summary.getFailures()
                            .forEach(failure -> failures.merge(
                                    failure.getTestIdentifier().getDisplayName(), 1, Integer::sum));
                }
            }
            failed |= bad > 0 || tests == 0;
            table.add(String.format(
                    "| %s | %d | %s | %d | %d | %d s | %s |",
                    name.substring(name.lastIndexOf('.') + 1),
                    runs,
                    load,
                    tests,
                    bad,
                    (System.nanoTime() - begin) / 1_000_000_000,
                    failures.isEmpty() ? "" : failures));
            out.println(table.get(table.size() - 1));
        }
        out.println();
        out.println("| class | runs | beside a load | tests | runs that failed | took | what failed |");
        out.println("|---|---|---|---|---|---|---|");
        table.forEach(out::println);
        out.flush();
        // Not all that tests start ends with them.
        Runtime.getRuntime().exit(failed ? 1 : 0);
    }
}
