// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;
import org.springframework.security.web.savedrequest.DefaultSavedRequest;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.annotation.JsonSerialize;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.util.StdConverter;

/**
 * What is to be different in the mix-ins of spring-security-core and spring-security-web 7.1.1. The ids of sessions are
 * not stored, nor the cookies of saved requests, which hold them; each other one closes a gap, to be removed when
 * Spring Security closes it: pre-authenticated users lose their details, and WebFlux's CSRF token is on no list.
 */
final class SecurityGaps extends SimpleModule {
    private static final long serialVersionUID = 1L;

    private final boolean servlet;

    SecurityGaps(SpringTypePolicy policy, ClassLoader loader) {
        super("dynamosession-security");
        this.servlet = SpringJackson.isPresent("jakarta.servlet.http.HttpServletRequest", loader);
        policy.collector().allowIfSubType("org.springframework.security.web.server.csrf.DefaultCsrfToken");
    }

    @Override
    public void setupModule(SetupContext context) {
        super.setupModule(context);
        context.setMixIn(PreAuthenticatedAuthenticationToken.class, PreAuthenticated.class);
        if (servlet) {
            context.setMixIn(WebAuthenticationDetails.class, Details.class);
            context.setMixIn(DefaultSavedRequest.class, SavedRequest.class);
        }
    }

    @StoredByFields
    @JsonIgnoreProperties("sessionId")
    abstract static class Details {
        @JsonCreator
        Details(@JsonProperty("remoteAddress") String remoteAddress, @JsonProperty("sessionId") String sessionId) {}
    }

    @StoredByFields
    @JsonDeserialize(builder = DefaultSavedRequest.Builder.class)
    @JsonIgnoreProperties("cookies")
    abstract static class SavedRequest {
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String matchingRequestParameterName;

        @JsonSerialize(converter = WithoutCookies.class)
        @Nullable
        Map<String, List<String>> headers;
    }

    /** The header says what the cookies say. */
    static final class WithoutCookies extends StdConverter<Map<String, List<String>>, Map<String, List<String>>> {
        @Override
        public Map<String, List<String>> convert(Map<String, List<String>> headers) {
            Map<String, List<String>> kept = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            headers.forEach((name, values) -> kept.put(name, new ArrayList<>(values)));
            kept.remove("cookie");
            return kept;
        }
    }

    @StoredByFields
    @JsonIgnoreProperties("authenticated")
    abstract static class PreAuthenticated {
        @JsonCreator
        PreAuthenticated(
                @JsonProperty("principal") Object principal,
                @JsonProperty("credentials") Object credentials,
                @JsonProperty("authorities") Collection<? extends GrantedAuthority> authorities) {}
    }
}
