// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.Session;
import io.github.dynamosession.web.CookieAge;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.cookie.SameSite;
import io.micronaut.session.http.CookieHttpSessionStrategy;
import io.micronaut.session.http.HttpSessionConfiguration;
import io.micronaut.session.http.HttpSessionIdEncoder;
import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * The framework's cookie as the framework writes it, but for two things: it is SameSite=Lax unless a
 * setting says otherwise, and the browser keeps it as long as the session may live.
 */
final class MicronautSessionCookie {
    private final HttpSessionConfiguration configuration;
    private final CookieAge age;

    MicronautSessionCookie(HttpSessionConfiguration configuration) {
        this.configuration = configuration;
        this.age = CookieAge.of(
                configuration.getCookieMaxAge().map(amount -> Duration.ofSeconds(amount.get(ChronoUnit.SECONDS))));
    }

    CookieAge age() {
        return age;
    }

    /**
     * What writes the cookie.
     *
     * @param encoder one of the application's beans
     * @return in place of the framework's own one another; what the application wrote itself as it is
     */
    HttpSessionIdEncoder insteadOf(HttpSessionIdEncoder encoder) {
        return encoder.getClass() == CookieHttpSessionStrategy.class ? this::encode : encoder;
    }

    private void encode(HttpRequest<?> request, MutableHttpResponse<?> response, io.micronaut.session.Session session) {
        HttpSessionConfiguration written =
                session instanceof MicronautSession ours ? of(ours.session()) : configuration;
        new CookieHttpSessionStrategy(written).encodeId(request, response, session);
    }

    private HttpSessionConfiguration of(Session session) {
        HttpSessionConfiguration written = new HttpSessionConfiguration();
        written.setCookieName(configuration.getCookieName());
        written.setBase64Encode(configuration.isBase64Encode());
        written.setRememberMe(configuration.isRememberMe());
        written.setCookieSameSite(configuration.getCookieSameSite().orElse(SameSite.Lax));
        configuration.getCookiePath().ifPresent(written::setCookiePath);
        configuration.getDomainName().ifPresent(written::setDomainName);
        configuration.isCookieSecure().ifPresent(written::setCookieSecure);
        age.seconds(session).ifPresent(seconds -> written.setCookieMaxAge(Duration.ofSeconds(seconds)));
        return written;
    }
}
