// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json;

import io.github.dynamosession.codec.json.internal.AllowedTypes;
import io.github.dynamosession.spi.ProviderContext;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionCodecProvider;
import io.github.dynamosession.spi.Setting;
import java.util.List;

/**
 * Makes a {@link JsonCodec} from the setting {@code allowed-types}: class names (of nested classes with
 * a dollar sign), and packages that end in {@code .*}.
 */
public final class JsonCodecProvider implements SessionCodecProvider {
    /** For {@link java.util.ServiceLoader}. */
    public JsonCodecProvider() {}

    @Override
    public String name() {
        return "json";
    }

    @Override
    public List<Setting> settings() {
        return List.of(AllowedTypes.SETTING);
    }

    @Override
    public SessionCodec create(ProviderContext context) {
        return new JsonCodec(AllowedTypes.policy(JsonCodec.NAME, context));
    }
}
