// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.crypto;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/** Whose a session is, as a hash, so that no name gets into the table that the application did not put there. */
public final class PrincipalHash {
    /** The attribute that the adapters' exchange keeps it in. */
    public static final String ATTRIBUTE = "__dynamosession.principal";

    private static final int BYTES = 12;

    private PrincipalHash() {}

    /**
     * The hash of a principal's name.
     *
     * @param principal any name
     * @return 16 characters
     */
    public static String of(String principal) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(principal.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
