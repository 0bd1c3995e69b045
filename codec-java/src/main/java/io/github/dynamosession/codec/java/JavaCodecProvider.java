// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.java;

import io.github.dynamosession.spi.ProviderContext;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionCodecProvider;
import io.github.dynamosession.spi.Setting;
import java.util.List;

/**
 * Makes a {@link JavaCodec} from the setting {@code java.allowed-types}: class names (of nested classes
 * with a dollar sign), packages that end in {@code .*}, with their subpackages in {@code .**}.
 */
public final class JavaCodecProvider implements SessionCodecProvider {
    /** For {@link java.util.ServiceLoader}. */
    public JavaCodecProvider() {}

    @Override
    public String name() {
        return JavaCodec.NAME;
    }

    /** Serialization is never chosen because it is there. */
    @Override
    public boolean isChosenByDefault() {
        return false;
    }

    @Override
    public List<Setting> settings() {
        return List.of(AllowedClasses.SETTING);
    }

    @Override
    public SessionCodec create(ProviderContext context) {
        JavaCodec.Builder builder = JavaCodec.builder()
                .classLoader(context.classLoader())
                .settingName(context.name(AllowedClasses.SETTING));
        for (String entry : context.list(AllowedClasses.SETTING)) {
            try {
                builder.allow(entry);
                if (!entry.endsWith("*")) {
                    builder.allow(Class.forName(entry, false, context.classLoader()));
                }
            } catch (ClassNotFoundException | LinkageError e) {
                context.problem(AllowedClasses.SETTING, entry + " is not a class that can be loaded");
            } catch (IllegalArgumentException e) {
                context.problem(AllowedClasses.SETTING, String.valueOf(e.getMessage()));
            }
        }
        return builder.build();
    }
}
