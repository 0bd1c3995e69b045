// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.spi.SessionException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.core.exception.SdkException;

/** The program {@code dynamosession}. */
@Command(
        name = "dynamosession",
        description = "Looks after HTTP sessions in DynamoDB.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:failed", "2:wrong usage", "3:differences found"},
        subcommands = {
            TableCommand.class,
            DoctorCommand.class,
            SessionCommand.class,
            UserCommand.class,
            SweepCommand.class,
            KeysCommand.class,
            GenerateCompletion.class
        })
public final class Main implements Callable<Integer> {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int DIFFERENCES = 3;

    /** One session of 64 has such a key; no option is as long. */
    private static final Pattern KEY_LIKE_AN_OPTION = Pattern.compile("-[A-Za-z0-9_-]{42}");

    private static final String END_OF_OPTIONS = "--";

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--stacktrace",
            scope = CommandLine.ScopeType.INHERIT,
            description = "Shows where an error came from.")
    private boolean stacktrace;

    private Main() {}

    /**
     * Runs one command and ends the process with its exit code.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String... arguments) {
        // Without a provider for its log, SLF4J would say so at each start.
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        Main main = new Main();
        return new CommandLine(main) {
            @Override
            public int execute(String... arguments) {
                return super.execute(keysLast(arguments));
            }
        }.setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, line, parsed) -> main.failed(failure, line));
    }

    /** Behind what ends the options: a key that begins with a hyphen is none. */
    private static String[] keysLast(String... arguments) {
        List<String> keys = new ArrayList<>();
        List<String> all = new ArrayList<>();
        for (String argument : arguments) {
            (KEY_LIKE_AN_OPTION.matcher(argument).matches() ? keys : all).add(argument);
        }
        if (keys.isEmpty() || all.contains(END_OF_OPTIONS)) {
            return arguments;
        }
        all.add(END_OF_OPTIONS);
        all.addAll(keys);
        return all.toArray(String[]::new);
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return CommandLine.ExitCode.USAGE;
    }

    private int failed(Exception failure, CommandLine line) throws Exception {
        PrintWriter err = line.getErr();
        boolean known = failure instanceof SessionException
                || failure instanceof SdkException
                || failure instanceof CommandFailedException
                || failure instanceof ConfigurationException;
        if (stacktrace || !known) {
            failure.printStackTrace(err);
        }
        err.println(line.getColorScheme().errorText(String.valueOf(failure.getMessage())));
        return FAILED;
    }

    /** The version in the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"dynamosession " + (version == null ? "(unpackaged)" : version)};
        }
    }
}
