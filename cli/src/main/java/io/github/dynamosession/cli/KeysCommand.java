// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code keys new|rotate}: files of keys, for {@code signing-keys-file} and {@code encryption-keys-file}. */
@Command(
        name = "keys",
        description = "Makes and rotates keys, in files that only their owner can read.",
        mixinStandardHelpOptions = true)
final class KeysCommand {
    private static final int KEY_BYTES = 32;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    /** What keys are for. */
    enum Kind {
        /** Session ids in cookies. */
        SIGNING,
        /** Values in the table. */
        ENCRYPTION;

        String setting() {
            return "dynamosession." + name().toLowerCase(Locale.ROOT) + "-keys-file";
        }
    }

    /** A step of a rotation. Each has to reach every node before the next one. */
    enum Step {
        /** A new key comes last: nodes know it, and do not use it. */
        LEARN,
        /** The last key comes first: nodes use it. */
        USE,
        /** The first key stays alone. */
        DROP
    }

    @Command(name = "new", description = "Makes a file with one new key.", mixinStandardHelpOptions = true)
    int create(
            @Option(names = "--kind", required = true, description = "signing or encryption.") Kind kind,
            @Option(names = "--file", required = true, paramLabel = "FILE", description = "Must not exist.") Path file,
            @Option(names = "--id", paramLabel = "ID", description = "Of an encryption key; today's date unless given.")
                    @Nullable
                    String id) {
        try {
            write(file, List.of(key(kind, id, List.of())));
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailedException("The file " + file + " exists: use keys rotate, or another name");
        } catch (IOException e) {
            throw new CommandFailedException("The file " + file + " cannot be written: " + e.getMessage());
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println("A new key is in " + file + ". Where there was none before, give every node");
        out.println(
                kind == Kind.SIGNING
                        ? "  1. " + kind.setting() + " and dynamosession.signing=verify-only"
                        : "  1. " + kind.setting() + " and dynamosession.encryption=read-only");
        out.println(
                kind == Kind.SIGNING
                        ? "  2. dynamosession.accept-unsigned-until, without signing=verify-only"
                        : "  2. then without encryption=read-only");
        out.println(
                kind == Kind.SIGNING
                        ? "  3. without accept-unsigned-until, when that time has passed"
                        : "  3. dynamosession.require-encryption=true, when no session from before step 2 is left");
        return Main.DONE;
    }

    @Command(
            name = "rotate",
            description = "Does one step of a rotation in a file of keys; bring it to every node before the next one.",
            mixinStandardHelpOptions = true)
    int rotate(
            @Option(names = "--kind", required = true, description = "signing or encryption.") Kind kind,
            @Option(names = "--file", required = true, paramLabel = "FILE", description = "The file of keys.")
                    Path file,
            @Option(
                            names = "--step",
                            required = true,
                            description =
                                    "learn: adds a key that nobody uses yet; use: puts it first; drop: removes all"
                                            + " others.")
                    Step step,
            @Option(names = "--id", paramLabel = "ID", description = "Of the new encryption key.") @Nullable
                    String id) {
        List<String> keys = read(file);
        if (step != Step.LEARN && keys.size() < 2) {
            throw new ParameterException(
                    spec.commandLine(), "The file " + file + " has one key: the first step is --step learn");
        }
        switch (step) {
            case LEARN -> keys.add(key(kind, id, keys));
            case USE -> keys.add(0, keys.remove(keys.size() - 1));
            default -> keys.subList(1, keys.size()).clear();
        }
        try {
            Path fresh = Files.createTempFile(file.toAbsolutePath().getParent(), ".keys", ".tmp", ownersOnly());
            Files.write(fresh, keys, StandardCharsets.UTF_8);
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new CommandFailedException("The file " + file + " cannot be replaced: " + e.getMessage());
        }
        spec.commandLine()
                .getOut()
                .println(
                        switch (step) {
                            case LEARN ->
                                "The new key is last in " + file
                                        + ". Bring the file to every node and restart it; then: --step use";
                            case USE ->
                                "The new key is first in " + file + ". Bring the file to every node and restart"
                                        + " it; then wait"
                                        + (kind == Kind.SIGNING
                                                ? " one idle timeout and two touch intervals"
                                                : " until no session is left that was made before")
                                        + ", and: --step drop";
                            default -> "One key is left in " + file + ". Bring the file to every node and restart it.";
                        });
        return Main.DONE;
    }

    private static List<String> read(Path file) {
        try {
            List<String> keys = new ArrayList<>(Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList());
            if (keys.isEmpty()) {
                throw new CommandFailedException("The file " + file + " has no keys: use keys new");
            }
            return keys;
        } catch (IOException e) {
            throw new CommandFailedException("The file " + file + " cannot be read: " + e.getMessage());
        }
    }

    private static String key(Kind kind, @Nullable String id, List<String> others) {
        byte[] random = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(random);
        String key = Base64.getEncoder().encodeToString(random);
        if (kind == Kind.SIGNING) {
            return key;
        }
        String name = id == null ? LocalDate.now(ZoneOffset.UTC).toString() : id;
        if (!name.matches("[A-Za-z0-9._-]{1,32}")) {
            throw new CommandFailedException("The id " + name + " must be 1 to 32 letters, digits, . _ -");
        }
        if (others.stream().anyMatch(other -> other.startsWith(name + ":"))) {
            throw new CommandFailedException("The id " + name + " is taken: give another with --id");
        }
        return name + ":" + key;
    }

    private static void write(Path file, List<String> keys) throws IOException {
        Files.createFile(file, ownersOnly());
        Files.write(file, keys, StandardCharsets.UTF_8);
    }

    /** On Windows the folder's rights decide. */
    private static FileAttribute<?>[] ownersOnly() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
