// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import io.github.dynamosession.codec.json.internal.AllowedTypes;
import io.github.dynamosession.spi.ProviderContext;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionCodecProvider;
import io.github.dynamosession.spi.Setting;
import java.util.List;

/**
 * Makes a {@link MessagePackCodec} from the setting {@code allowed-types}: class names (of nested classes with
 * a dollar sign), and packages that end in {@code .*}.
 */
public final class MessagePackCodecProvider implements SessionCodecProvider {
    /** For {@link java.util.ServiceLoader}. */
    public MessagePackCodecProvider() {}

    @Override
    public String name() {
        return "msgpack";
    }

    @Override
    public List<Setting> settings() {
        return List.of(AllowedTypes.SETTING);
    }

    @Override
    public SessionCodec create(ProviderContext context) {
        return new MessagePackCodec(AllowedTypes.policy(MessagePackCodec.NAME, context));
    }
}
