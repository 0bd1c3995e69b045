// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import io.github.dynamosession.spi.ProviderContext;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionCodecProvider;
import java.util.Set;

/**
 * Makes a {@link MessagePackCodec} from the setting {@code allowed-types}: class names (of nested classes with
 * a dollar sign), and packages that end in {@code .*}.
 */
public final class MessagePackCodecProvider implements SessionCodecProvider {
    private static final String ALLOWED_TYPES = "allowed-types";

    /** For {@link java.util.ServiceLoader}. */
    public MessagePackCodecProvider() {}

    @Override
    public String name() {
        return "msgpack";
    }

    @Override
    public Set<String> settings() {
        return Set.of(ALLOWED_TYPES);
    }

    @Override
    public SessionCodec create(ProviderContext context) {
        MessagePackCodec.Builder builder = MessagePackCodec.builder().classLoader(context.classLoader());
        for (String entry : context.list(ALLOWED_TYPES)) {
            try {
                if (entry.endsWith(".*")) {
                    MessagePackCodec.builder()
                            .allowPackage(entry.substring(0, entry.length() - 2))
                            .build();
                    builder.allowPackage(entry.substring(0, entry.length() - 2));
                } else {
                    Class<?> type = Class.forName(entry, false, context.classLoader());
                    MessagePackCodec.builder().allow(type).build();
                    builder.allow(type);
                }
            } catch (ClassNotFoundException | LinkageError e) {
                context.problem(ALLOWED_TYPES, entry + " is not a class that can be loaded");
            } catch (IllegalArgumentException e) {
                context.problem(ALLOWED_TYPES, String.valueOf(e.getMessage()));
            }
        }
        return builder.build();
    }
}
