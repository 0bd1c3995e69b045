// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.micronaut.context.annotation.Requires;
import io.micronaut.core.convert.ConversionContext;
import io.micronaut.core.convert.TypeConverter;
import io.micronaut.core.util.StringUtils;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.authentication.ServerAuthentication;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who is logged in, as a map of name, roles and attributes: Micronaut Security's own class has no
 * constructor that a codec could use. Other implementations of {@link Authentication} are the
 * application's, for the codec to store.
 */
@Singleton
@Requires(classes = Authentication.class)
@Requires(property = "micronaut.security.enabled", notEquals = StringUtils.FALSE, defaultValue = StringUtils.TRUE)
final class StoredAuthentication implements StorableForm, TypeConverter<Map<?, ?>, Authentication> {
    private static final String ROLES = "roles";
    private static final String ATTRIBUTES = "attributes";

    @Override
    public Object of(Object value) {
        if (!(value instanceof ServerAuthentication authentication)) {
            return value;
        }
        Map<String, Object> stored = new LinkedHashMap<>();
        stored.put(NAME, authentication.getName());
        stored.put(ROLES, new ArrayList<>(authentication.getRoles()));
        stored.put(ATTRIBUTES, new HashMap<>(authentication.getAttributes()));
        return stored;
    }

    @Override
    @SuppressWarnings("unchecked") // as it was stored above
    public Optional<Authentication> convert(
            Map<?, ?> stored, Class<Authentication> targetType, ConversionContext context) {
        return stored.get(NAME) instanceof String name
                        && stored.get(ROLES) instanceof Collection<?> roles
                        && stored.get(ATTRIBUTES) instanceof Map<?, ?> attributes
                ? Optional.of(Authentication.build(name, (Collection<String>) roles, (Map<String, Object>) attributes))
                : Optional.empty();
    }
}
