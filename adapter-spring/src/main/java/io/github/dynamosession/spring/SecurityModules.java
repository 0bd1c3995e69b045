// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import org.springframework.security.jackson.SecurityJacksonModules;
import tools.jackson.databind.json.JsonMapper;

/** Spring Security's modules, then those that close their gaps. */
final class SecurityModules {
    private SecurityModules() {}

    static void add(JsonMapper.Builder builder, SpringTypePolicy policy, ClassLoader loader) {
        builder.addModules(SecurityJacksonModules.getModules(loader, policy.collector()));
        builder.addModule(new SecurityGaps(policy, loader));
        if (SpringJackson.isPresent("org.springframework.security.oauth2.client.OAuth2AuthorizedClient", loader)) {
            builder.addModule(new OAuth2Gaps(policy));
        }
    }
}
