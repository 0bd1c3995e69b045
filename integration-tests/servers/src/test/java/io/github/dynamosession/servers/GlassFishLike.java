// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;

/** A server that takes no commands while it runs, but looks for a file in applications that are folders. */
abstract class GlassFishLike extends ApplicationServer {
    GlassFishLike(Path folder) {
        super(folder);
    }

    /** What is deployed: of one application a folder, of the others the archive. */
    static Path deployable(Path home, String application, Path war) throws IOException {
        if (!application.equals(PLAIN)) {
            return war;
        }
        Path folder = home.resolve(application);
        try (FileSystem files = FileSystems.newFileSystem(war)) {
            copy(files.getPath("/"), folder);
        }
        Files.deleteIfExists(reload(folder));
        return folder;
    }

    private static Path reload(Path folder) {
        return folder.resolve(".reload");
    }

    @Override
    void redeploy(Path home, String application, Path war) throws IOException {
        Files.createFile(reload(home.resolve(application)));
    }
}
