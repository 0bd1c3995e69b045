// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthenticationMethod;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2RefreshToken;
import org.springframework.security.oauth2.core.oidc.OidcIdToken;
import org.springframework.security.oauth2.core.oidc.OidcUserInfo;
import org.springframework.security.oauth2.core.oidc.user.OidcUserAuthority;
import org.springframework.security.oauth2.core.user.OAuth2UserAuthority;
import tools.jackson.core.JsonParser;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.module.SimpleModule;

/**
 * What the mix-ins of spring-security-oauth2-client 7.1.1 lose: the name's attribute of an authority, the end of a
 * refresh token, an access token's type if it is not {@code Bearer}, and a registration's client settings. Each to be
 * removed when Spring Security stores it.
 */
final class OAuth2Gaps extends SimpleModule {
    private static final long serialVersionUID = 1L;

    OAuth2Gaps(SpringTypePolicy policy) {
        super("dynamosession-oauth2");
        // Parts of a registration, which is read as a whole.
        policy.allow(
                ClientRegistration.ProviderDetails.class, ClientRegistration.ProviderDetails.UserInfoEndpoint.class);
    }

    @Override
    public void setupModule(SetupContext context) {
        super.setupModule(context);
        context.setMixIn(OAuth2UserAuthority.class, UserAuthority.class);
        context.setMixIn(OidcUserAuthority.class, OidcAuthority.class);
        context.setMixIn(OAuth2RefreshToken.class, RefreshToken.class);
        context.setMixIn(OAuth2AccessToken.class, AccessToken.class);
        context.setMixIn(OAuth2AccessToken.TokenType.class, TokenType.class);
        context.setMixIn(ClientRegistration.class, Registration.class);
    }

    @StoredByFields
    abstract static class UserAuthority {
        @JsonCreator
        UserAuthority(
                @JsonProperty("authority") String authority,
                @JsonProperty("attributes") Map<String, Object> attributes,
                @JsonProperty("userNameAttributeName") @Nullable String userNameAttributeName) {}
    }

    @StoredByFields
    @JsonIgnoreProperties("attributes")
    abstract static class OidcAuthority {
        @JsonCreator
        OidcAuthority(
                @JsonProperty("authority") String authority,
                @JsonProperty("idToken") OidcIdToken idToken,
                @JsonProperty("userInfo") @Nullable OidcUserInfo userInfo,
                @JsonProperty("userNameAttributeName") @Nullable String userNameAttributeName) {}
    }

    @StoredByFields
    abstract static class RefreshToken {
        @JsonCreator
        RefreshToken(
                @JsonProperty("tokenValue") String tokenValue,
                @JsonProperty("issuedAt") @Nullable Instant issuedAt,
                @JsonProperty("expiresAt") @Nullable Instant expiresAt) {}
    }

    @StoredByFields
    abstract static class AccessToken {
        @JsonCreator
        AccessToken(
                @JsonProperty("tokenType") OAuth2AccessToken.TokenType tokenType,
                @JsonProperty("tokenValue") String tokenValue,
                @JsonProperty("issuedAt") @Nullable Instant issuedAt,
                @JsonProperty("expiresAt") @Nullable Instant expiresAt,
                @JsonProperty("scopes") Set<String> scopes) {}
    }

    abstract static class TokenType {
        @JsonCreator
        TokenType(@JsonProperty("value") String value) {}
    }

    @StoredByFields
    @JsonDeserialize(using = RegistrationReader.class)
    abstract static class Registration {}

    /** By the builder: the class has no constructor of its own. */
    static final class RegistrationReader extends ValueDeserializer<ClientRegistration> {
        private static final TypeReference<Set<String>> STRINGS = new TypeReference<>() {};
        private static final TypeReference<Map<String, Object>> OBJECTS = new TypeReference<>() {};

        @Override
        public ClientRegistration deserialize(JsonParser in, DeserializationContext context) {
            JsonNode node = context.readTree(in);
            JsonNode provider = node.path("providerDetails");
            JsonNode userInfo = provider.path("userInfoEndpoint");
            return ClientRegistration.withRegistrationId(text(node, "registrationId"))
                    .clientId(text(node, "clientId"))
                    .clientSecret(text(node, "clientSecret"))
                    .clientAuthenticationMethod(
                            new ClientAuthenticationMethod(text(node.path("clientAuthenticationMethod"), "value")))
                    .authorizationGrantType(
                            new AuthorizationGrantType(text(node.path("authorizationGrantType"), "value")))
                    .redirectUri(text(node, "redirectUri"))
                    .scope(context.<Set<String>>readTreeAsValue(
                            node.path("scopes"), context.getTypeFactory().constructType(STRINGS)))
                    .clientName(text(node, "clientName"))
                    .authorizationUri(text(provider, "authorizationUri"))
                    .tokenUri(text(provider, "tokenUri"))
                    .userInfoUri(text(userInfo, "uri"))
                    .userInfoAuthenticationMethod(
                            new AuthenticationMethod(text(userInfo.path("authenticationMethod"), "value")))
                    .userNameAttributeName(text(userInfo, "userNameAttributeName"))
                    .jwkSetUri(text(provider, "jwkSetUri"))
                    .issuerUri(text(provider, "issuerUri"))
                    .providerConfigurationMetadata(context.<Map<String, Object>>readTreeAsValue(
                            provider.path("configurationMetadata"),
                            context.getTypeFactory().constructType(OBJECTS)))
                    .clientSettings(ClientRegistration.ClientSettings.builder()
                            .requireProofKey(node.path("clientSettings")
                                    .path("requireProofKey")
                                    .asBoolean(true))
                            .build())
                    .build();
        }

        private static String text(JsonNode node, String name) {
            return node.path(name).stringValue(null);
        }
    }
}
