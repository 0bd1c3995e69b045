// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.security.authentication.AccountExpiredException;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.InternalAuthenticationServiceException;
import org.springframework.security.authentication.RememberMeAuthenticationToken;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.authority.FactorGrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2RefreshToken;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.oidc.OidcIdToken;
import org.springframework.security.oauth2.core.oidc.OidcUserInfo;
import org.springframework.security.oauth2.core.oidc.user.DefaultOidcUser;
import org.springframework.security.oauth2.core.oidc.user.OidcUserAuthority;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;
import org.springframework.security.web.csrf.DefaultCsrfToken;
import org.springframework.security.web.savedrequest.DefaultSavedRequest;
import org.springframework.security.web.webauthn.api.Bytes;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialRequestOptions;
import org.springframework.web.servlet.FlashMap;

@DisplayName("The codec for Spring's objects")
class SpringCodecTest {
    private static final Instant THEN = Instant.ofEpochSecond(1_750_000_000, 123_456_789);

    private final SpringCodec codec = codec(ShopUser.class.getName());

    static SpringCodec codec(String... allowed) {
        ClassLoader loader = SpringCodecTest.class.getClassLoader();
        return new SpringCodec(SpringJackson.mapper(List.of(allowed), loader), loader);
    }

    /** A principal of the application. */
    static final class ShopUser {
        private final String name;
        private final Set<GrantedAuthority> authorities = new HashSet<>();

        ShopUser() {
            this("");
        }

        ShopUser(String name) {
            this.name = name;
        }
    }

    /** One that is not on the list, and looks like one that is. */
    static class Impostor extends User {
        private static final long serialVersionUID = 1L;

        Impostor() {
            super("mallory", "", AuthorityUtils.NO_AUTHORITIES);
        }
    }

    static SecurityContext formLogin() {
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.setSession(new org.springframework.mock.web.MockHttpSession(null, "raw-session-id"));
        var token = UsernamePasswordAuthenticationToken.authenticated(
                User.withUsername("alice")
                        .password("{noop}tea")
                        .roles("CUSTOMER", "ADMIN")
                        .build(),
                null,
                List.of(
                        new SimpleGrantedAuthority("ROLE_CUSTOMER"),
                        FactorGrantedAuthority.withAuthority("FACTOR_PASSWORD")
                                .issuedAt(THEN)
                                .build()));
        token.setDetails(new WebAuthenticationDetails(request));
        token.eraseCredentials();
        return new SecurityContextImpl(token);
    }

    private static ClientRegistration registration(boolean proofKey) {
        return ClientRegistration.withRegistrationId("shop")
                .clientId("client")
                .clientSecret("client-secret")
                .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
                .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
                .redirectUri("{baseUrl}/login/oauth2/code/{registrationId}")
                .scope("openid", "profile", "email", "address", "phone")
                .authorizationUri("https://id.example/authorize")
                .tokenUri("https://id.example/token")
                .jwkSetUri("https://id.example/keys")
                .issuerUri("https://id.example")
                .userInfoUri("https://id.example/me")
                .userNameAttributeName("sub")
                .providerConfigurationMetadata(Map.of("nested", Map.of("list", List.of(1, 2L))))
                .clientSettings(ClientRegistration.ClientSettings.builder()
                        .requireProofKey(proofKey)
                        .build())
                .clientName("Shop")
                .build();
    }

    private static OidcIdToken idToken() throws Exception {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("sub", "alice");
        claims.put("iss", new URL("https://id.example"));
        claims.put("iat", THEN);
        claims.put("exp", THEN.plusSeconds(60));
        claims.put("auth_time", 1_750_000_000L);
        claims.put("aud", List.of("client"));
        claims.put("realm_access", new TreeMap<>(Map.of("roles", List.of("a", "b"), "more", Map.of("x", 1.5))));
        return new OidcIdToken("token", THEN, THEN.plusSeconds(60), claims);
    }

    private static Authentication oidcLogin() throws Exception {
        OidcUserInfo info = new OidcUserInfo(Map.of("sub", "alice", "address", Map.of("city", "Kyiv")));
        var authorities = List.of(
                new OidcUserAuthority("OIDC_USER", idToken(), info, "sub"), new SimpleGrantedAuthority("SCOPE_openid"));
        return new OAuth2AuthenticationToken(
                new DefaultOidcUser(authorities, idToken(), info, "sub"), authorities, "shop");
    }

    /** What is in a session of Spring Security, by name. */
    static Map<String, Object> corpus() throws Exception {
        ShopUser principal = new ShopUser("alice");
        principal.authorities.add(new SimpleGrantedAuthority("ROLE_A"));
        User user = (User) User.withUsername("alice").password("").roles("A").build();
        var preAuthenticated = new PreAuthenticatedAuthenticationToken(user, "N/A", user.getAuthorities());
        preAuthenticated.setDetails(new WebAuthenticationDetails("127.0.0.1", null));
        FlashMap flash = new FlashMap();
        flash.put("message", "saved");
        flash.setTargetRequestPath("/shop");
        flash.addTargetRequestParam("a", "1");
        flash.setExpirationTime(THEN.toEpochMilli());
        Map<String, Object> corpus = new TreeMap<>();
        corpus.put("form login", formLogin());
        corpus.put(
                "remember-me",
                new SecurityContextImpl(new RememberMeAuthenticationToken("key", user, user.getAuthorities())));
        corpus.put("pre-authenticated", new SecurityContextImpl(preAuthenticated));
        corpus.put(
                "principal of the application",
                new SecurityContextImpl(UsernamePasswordAuthenticationToken.authenticated(
                        principal, null, AuthorityUtils.NO_AUTHORITIES)));
        corpus.put("OIDC login", new SecurityContextImpl(oidcLogin()));
        corpus.put("OAuth 2 clients", new HashMap<>(Map.of("shop", client())));
        corpus.put("authorization request", authorizationRequest());
        corpus.put("CSRF token", new DefaultCsrfToken("X-CSRF-TOKEN", "_csrf", "t"));
        corpus.put(
                "CSRF token of WebFlux",
                new org.springframework.security.web.server.csrf.DefaultCsrfToken("X-CSRF-TOKEN", "_csrf", "t"));
        corpus.put("saved request", savedRequest());
        corpus.put("flash attributes", new CopyOnWriteArrayList<>(List.of(flash)));
        corpus.put("failed login", new BadCredentialsException("Bad credentials"));
        corpus.put(
                "failed OAuth 2 login",
                new OAuth2AuthenticationException(new OAuth2Error("access_denied", "no", null), "no"));
        return corpus;
    }

    private static OAuth2AuthorizationRequest authorizationRequest() {
        return OAuth2AuthorizationRequest.authorizationCode()
                .authorizationUri("https://id.example/authorize")
                .clientId("client")
                .redirectUri("https://shop.example/login/oauth2/code/shop")
                .scope("openid", "profile", "email")
                .state("state")
                .attributes(Map.of("registration_id", "shop", "nonce", "n", "code_verifier", "v"))
                .additionalParameters(new TreeMap<>(Map.of("nonce", "hash", "code_challenge_method", "S256")))
                .build();
    }

    private static OAuth2AuthorizedClient client() {
        return new OAuth2AuthorizedClient(
                registration(false),
                "alice",
                new OAuth2AccessToken(
                        OAuth2AccessToken.TokenType.DPOP,
                        "access",
                        THEN,
                        THEN.plusSeconds(300),
                        Set.of("a", "b", "c", "d", "e")),
                new OAuth2RefreshToken("refresh", THEN, THEN.plusSeconds(3_000)));
    }

    private static DefaultSavedRequest savedRequest() {
        MockHttpServletRequest request = new MockHttpServletRequest("GET", "/account");
        request.setQueryString("from=letter");
        request.addParameter("from", "letter");
        request.addHeader("Accept", "text/html");
        request.addHeader("Cookie", "JSESSIONID=raw-session-id");
        request.setCookies(new jakarta.servlet.http.Cookie("JSESSIONID", "raw-session-id"));
        return new DefaultSavedRequest(request, "continue");
    }

    private String text(Object value) {
        return new String(codec.encode(value), StandardCharsets.UTF_8);
    }

    private Object again(Object value) {
        assertThat(codec.isFor(value)).as("%s", value.getClass()).isTrue();
        Object again = codec.decode(codec.encode(value), Object.class);
        assertThat(SameJson.of(codec.encode(value), codec.encode(again))).isTrue();
        return again;
    }

    @Test
    @DisplayName("stores a form login, without the session's id")
    void form() {
        SecurityContext context = formLogin();
        SecurityContext again = (SecurityContext) again(context);
        Authentication authentication = again.getAuthentication();
        assertThat(authentication.getPrincipal())
                .isEqualTo(context.getAuthentication().getPrincipal());
        assertThat(authentication.getAuthorities())
                .isEqualTo(context.getAuthentication().getAuthorities());
        assertThat(authentication.isAuthenticated()).isTrue();
        assertThat(((WebAuthenticationDetails) authentication.getDetails()).getRemoteAddress())
                .isEqualTo("127.0.0.1");
        assertThat(text(context)).doesNotContain("raw-session-id").doesNotContain("tea");
        assertThat(codec.format()).isEqualTo(EncodedValue.SPRING);
    }

    @Test
    @DisplayName("stores remembered and pre-authenticated users, these with their details")
    void otherLogins() {
        User user = (User) User.withUsername("alice").password("").roles("A").build();
        assertThat(again(
                        new SecurityContextImpl(new RememberMeAuthenticationToken("key", user, user.getAuthorities()))))
                .isEqualTo(
                        new SecurityContextImpl(new RememberMeAuthenticationToken("key", user, user.getAuthorities())));
        var token = new PreAuthenticatedAuthenticationToken(user, "N/A", user.getAuthorities());
        token.setDetails(new WebAuthenticationDetails("127.0.0.1", null));
        SecurityContext again = (SecurityContext) again(new SecurityContextImpl(token));
        assertThat(again.getAuthentication()).isEqualTo(token);
        assertThat(again.getAuthentication().getDetails()).isEqualTo(token.getDetails());
    }

    @Test
    @DisplayName("stores an OIDC login with its issuer, numbers and nested claims")
    void oidc() throws Exception {
        SecurityContext context = new SecurityContextImpl(oidcLogin());
        SecurityContext again = (SecurityContext) again(context);
        DefaultOidcUser user = (DefaultOidcUser) again.getAuthentication().getPrincipal();
        assertThat(user.getIdToken().getClaims()).isEqualTo(idToken().getClaims());
        assertThat(user.getUserInfo().getClaims()).containsEntry("address", Map.of("city", "Kyiv"));
        assertThat(again.getAuthentication().getAuthorities())
                .isEqualTo(context.getAuthentication().getAuthorities());
        assertThat(user.getIdToken().getIssuer())
                .isEqualTo(URI.create("https://id.example").toURL());
    }

    @Test
    @DisplayName("stores a map of OAuth 2 clients with all of them, and an authorization request")
    void clients() {
        Map<String, OAuth2AuthorizedClient> clients = new HashMap<>();
        clients.put("shop", client());
        Map<?, ?> again = (Map<?, ?>) again(clients);
        OAuth2AuthorizedClient client = (OAuth2AuthorizedClient) again.get("shop");
        assertThat(client.getAccessToken().getTokenType()).isEqualTo(OAuth2AccessToken.TokenType.DPOP);
        assertThat(client.getAccessToken().getScopes()).containsExactlyInAnyOrder("a", "b", "c", "d", "e");
        assertThat(client.getRefreshToken().getExpiresAt()).isEqualTo(THEN.plusSeconds(3_000));
        assertThat(client.getClientRegistration().getClientSettings().isRequireProofKey())
                .isFalse();
        assertThat(client.getClientRegistration().getProviderDetails().getConfigurationMetadata())
                .isEqualTo(registration(false).getProviderDetails().getConfigurationMetadata());

        OAuth2AuthorizationRequest request = authorizationRequest();
        OAuth2AuthorizationRequest read = (OAuth2AuthorizationRequest) again(request);
        assertThat(read.getAttributes()).isEqualTo(request.getAttributes());
        assertThat(read.getAuthorizationRequestUri()).isEqualTo(request.getAuthorizationRequestUri());
    }

    @Test
    @DisplayName("stores CSRF tokens of both kinds")
    void csrf() {
        DefaultCsrfToken token = (DefaultCsrfToken) again(new DefaultCsrfToken("X-CSRF-TOKEN", "_csrf", "t"));
        assertThat(token.getToken()).isEqualTo("t");
        var reactive = new org.springframework.security.web.server.csrf.DefaultCsrfToken("X-CSRF-TOKEN", "_csrf", "t");
        assertThat(again(reactive)).isEqualTo(reactive);
    }

    @Test
    @DisplayName("stores a saved request without its cookies")
    void savedRequests() {
        DefaultSavedRequest request = savedRequest();
        DefaultSavedRequest again = (DefaultSavedRequest) again(request);
        assertThat(again.getRedirectUrl()).isEqualTo(request.getRedirectUrl());
        assertThat(again.getHeaderValues("accept")).containsExactly("text/html");
        assertThat(again.getParameterMap()).containsOnlyKeys("from");
        assertThat(again.getCookies()).isEmpty();
        assertThat(again.getHeaderValues("cookie")).isEmpty();
        assertThat(text(request)).doesNotContain("raw-session-id");
    }

    @Test
    @DisplayName("stores flash maps with their attributes, path, parameters and end")
    void flashMaps() {
        FlashMap map = new FlashMap();
        map.put("message", "saved");
        map.put("count", 3L);
        map.put("user", new ShopUser("alice"));
        map.setTargetRequestPath("/shop");
        map.addTargetRequestParam("a", "1");
        map.addTargetRequestParam("a", "2");
        map.setExpirationTime(THEN.toEpochMilli());
        List<?> again = (List<?>) again(new CopyOnWriteArrayList<>(List.of(map)));
        FlashMap read = (FlashMap) again.get(0);
        assertThat(new HashMap<>(read)).containsEntry("message", "saved").containsEntry("count", 3L);
        assertThat(((ShopUser) read.get("user")).name).isEqualTo("alice");
        assertThat(read.getTargetRequestPath()).isEqualTo("/shop");
        assertThat(read.getTargetRequestParams()).isEqualTo(map.getTargetRequestParams());
        assertThat(read.getExpirationTime()).isEqualTo(map.getExpirationTime());
    }

    @Test
    @DisplayName("stores a principal of the application that is allowed")
    void principals() {
        ShopUser alice = new ShopUser("alice");
        alice.authorities.add(new SimpleGrantedAuthority("ROLE_A"));
        SecurityContext again = (SecurityContext) again(new SecurityContextImpl(
                UsernamePasswordAuthenticationToken.authenticated(alice, null, AuthorityUtils.NO_AUTHORITIES)));
        ShopUser read = (ShopUser) again.getAuthentication().getPrincipal();
        assertThat(read.name).isEqualTo("alice");
        assertThat(read.authorities).isEqualTo(alice.authorities);
    }

    @Test
    @DisplayName(
            "refuses a principal that is not allowed, naming it and the setting, also a subclass of a listed class")
    void refusedPrincipals() {
        for (Object principal : new Object[] {new ShopUser("alice"), new Impostor()}) {
            SecurityContext context = new SecurityContextImpl(
                    UsernamePasswordAuthenticationToken.authenticated(principal, null, AuthorityUtils.NO_AUTHORITIES));
            assertThatThrownBy(() -> codec().encode(context))
                    .isInstanceOf(UnstorableValueException.class)
                    .hasMessageContaining("dynamosession.allowed-types="
                            + principal.getClass().getName());
        }
    }

    @Test
    @DisplayName("refuses the options of passkeys, and says what to do")
    void passkeys() {
        PublicKeyCredentialRequestOptions options = PublicKeyCredentialRequestOptions.builder()
                .challenge(Bytes.random())
                .rpId("shop.example")
                .build();
        assertThat(codec.isFor(options)).isTrue();
        assertThatThrownBy(() -> codec.encode(options))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("PublicKeyCredentialRequestOptionsRepository")
                .hasMessageNotContaining("allowed-types");
    }

    @Test
    @DisplayName("refuses what does not come back equal")
    void notEqual() {
        SecurityContext context = new SecurityContextImpl(
                UsernamePasswordAuthenticationToken.authenticated(new Impostor(), null, AuthorityUtils.NO_AUTHORITIES));
        assertThatThrownBy(() -> codec(Impostor.class.getName()).encode(context))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("does not come back equal")
                .hasMessageNotContaining("mallory");
    }

    @ParameterizedTest
    @ValueSource(classes = {BadCredentialsException.class, AccountExpiredException.class})
    @DisplayName("stores Spring Security's failed logins as class and message")
    void failures(Class<? extends AuthenticationException> type) throws Exception {
        AuthenticationException failure = type.getConstructor(String.class).newInstance("Bad credentials");
        failure.addSuppressed(new IllegalStateException("secret"));
        AuthenticationException again = (AuthenticationException) codec.decode(codec.encode(failure), Object.class);
        assertThat(again)
                .isExactlyInstanceOf(type)
                .hasMessage("Bad credentials")
                .hasNoCause();
        assertThat(text(failure)).doesNotContain("secret").doesNotContain("SpringCodecTest");
        assertThat(StoredFailures.isUnstorable(failure)).isFalse();
    }

    @Test
    @DisplayName("stores OAuth 2's failures with their error, and knows which failures it cannot store")
    void otherFailures() {
        var failure = new OAuth2AuthenticationException(new OAuth2Error("access_denied", "no", null), "no");
        var again = (OAuth2AuthenticationException) codec.decode(codec.encode(failure), Object.class);
        assertThat(again.getError().getErrorCode()).isEqualTo("access_denied");
        assertThat(StoredFailures.isUnstorable(failure)).isFalse();
        assertThat(StoredFailures.isUnstorable(new AuthenticationException("mine") {
                    private static final long serialVersionUID = 1L;
                }))
                .isTrue();
        assertThat(StoredFailures.isUnstorable(new IllegalStateException())).isFalse();
        assertThat(StoredFailures.isUnstorable(new InternalAuthenticationServiceException("x")))
                .isFalse();
    }

    @Test
    @DisplayName("leaves everything else to the application's codec")
    void others() {
        assertThat(List.of(
                        "text",
                        new ArrayList<>(List.of("a")),
                        new ArrayList<>(),
                        new HashMap<>(Map.of("a", 1)),
                        new ShopUser("alice"),
                        new Impostor()))
                .noneMatch(codec::isFor);
    }

    @Test
    @DisplayName("tells sets from lists, and numbers to the last digit, when it compares")
    void comparison() {
        String set = "{\"a\":[\"java.util.HashSet\",[1,{\"b\":2,\"c\":3}]]}";
        assertThat(same(set, "{\"a\":[\"java.util.HashSet\",[{\"c\":3,\"b\":2},1]]}"))
                .isTrue();
        assertThat(same(set, "{\"a\":[\"java.util.HashSet\",[{\"c\":3,\"b\":2},2]]}"))
                .isFalse();
        assertThat(same("[\"java.util.ArrayList\",[1,2]]", "[\"java.util.ArrayList\",[2,1]]"))
                .isFalse();
        assertThat(same("1.12345678901234567891", "1.12345678901234567892")).isFalse();
        assertThat(same("{\"a\":null}", "{}")).isFalse();
    }

    private static boolean same(String a, String b) {
        return SameJson.of(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{",
                "{\"@class\":\"java.lang.ProcessBuilder\"}",
                "{\"@class\":\"io.github.dynamosession.spring.SpringCodecTest$Impostor\"}",
                "{\"@class\":\"io.github.dynamosession.spring.StoredFailures$Failure\",\"type\":\"java.lang.String\"}",
                "{\"@class\":\"io.github.dynamosession.spring.StoredFailures$Failure\",\"type\":"
                        + "\"org.springframework.security.core.userdetails.User\"}",
                "[\"javax.naming.InitialContext\",[]]"
            })
    @DisplayName("reads nothing that it does not store, whoever wrote it")
    void hostile(String json) {
        assertThatThrownBy(() -> codec.decode(json.getBytes(StandardCharsets.UTF_8), Object.class))
                .isInstanceOf(UnreadableValueException.class);
    }

    @Test
    @DisplayName("reads a value as what it is, and nothing else")
    void types() {
        byte[] bytes = codec.encode(formLogin());
        assertThat(codec.decode(bytes, SecurityContext.class)).isInstanceOf(SecurityContextImpl.class);
        assertThatThrownBy(() -> codec.decode(bytes, String.class)).isInstanceOf(UnreadableValueException.class);
    }

    /** The figures of docs/spring.md. */
    @Test
    @DisplayName("needs fewer bytes than Java serialization for a form login")
    void size() throws IOException {
        ByteArrayOutputStream java = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(java)) {
            out.writeObject(formLogin());
        }
        assertThat(codec.encode(formLogin()).length).isLessThan(java.size());
    }

    @Test
    @DisplayName("reads a login with the deserializers of the former one")
    void keptDeserializers() throws Exception {
        byte[] login = codec.encode(corpus().get("form login"));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int times = 500;
        long before = 0;
        for (int i = -times; i < times; i++) {
            if (i == 0) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            codec.decode(login, Object.class);
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / times;

        // 26 KB; where they are made anew, 107.
        assertThat(each).isLessThan(60 * 1024);
    }
}
