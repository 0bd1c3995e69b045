// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import io.github.dynamosession.spi.InjectedFields;
import io.github.dynamosession.spi.ProviderContext;
import io.github.dynamosession.spi.Setting;
import java.util.List;

/**
 * The setting {@code allowed-types}, which all codecs of this family read alike: class names (of nested
 * classes with a dollar sign), and packages that end in {@code .*}.
 */
public final class AllowedTypes {
    /** The setting's key. */
    public static final Setting SETTING = new Setting(
            "allowed-types",
            List.class,
            "",
            "classes, or packages as `com.shop.*`, that may be stored; see"
                    + " [codec-json.md](codec-json.md#allowing-types)");

    private static final String WHOLE_PACKAGE = ".*";

    private AllowedTypes() {}

    /**
     * The policy that the setting asks for; what is wrong with an entry is reported, and the entry left out.
     *
     * @param codec the codec's name in messages
     * @param context the settings
     * @return the policy
     */
    public static TypePolicy policy(String codec, ProviderContext context) {
        TypePolicy.Builder policy = builder(codec, context);
        for (String entry : context.list(SETTING)) {
            try {
                // Alone first, so that each entry's problem is told.
                allow(entry, builder(codec, context), context).build();
                allow(entry, policy, context);
            } catch (ClassNotFoundException | LinkageError e) {
                context.problem(SETTING, entry + " is not a class that can be loaded");
            } catch (IllegalArgumentException e) {
                context.problem(SETTING, String.valueOf(e.getMessage()));
            }
        }
        return policy.build();
    }

    private static TypePolicy.Builder builder(String codec, ProviderContext context) {
        TypePolicy.Builder builder = TypePolicy.builder(codec);
        builder.setting(context.name(SETTING));
        builder.classLoader(context.classLoader());
        context.resource(InjectedFields.class).ifPresent(builder::injected);
        return builder;
    }

    private static TypePolicy.Builder allow(String entry, TypePolicy.Builder policy, ProviderContext context)
            throws ClassNotFoundException {
        if (entry.endsWith(WHOLE_PACKAGE)) {
            policy.allowPackage(entry.substring(0, entry.length() - WHOLE_PACKAGE.length()));
        } else {
            policy.allow(Class.forName(entry, false, context.classLoader()));
        }
        return policy;
    }
}
