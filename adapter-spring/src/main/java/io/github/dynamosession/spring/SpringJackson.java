// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Collection;
import java.util.List;
import org.springframework.util.ClassUtils;
import tools.jackson.core.Version;
import tools.jackson.databind.DatabindContext;
import tools.jackson.databind.DefaultTyping;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.NamedType;
import tools.jackson.databind.jsontype.PolymorphicTypeValidator;
import tools.jackson.databind.jsontype.TypeIdResolver;
import tools.jackson.databind.jsontype.impl.ClassNameIdResolver;
import tools.jackson.databind.jsontype.impl.DefaultTypeResolverBuilder;

/** The mapper behind {@link SpringCodec}: fields are stored, as in the other codecs, and each object names its class. */
final class SpringJackson {
    private SpringJackson() {}

    static JsonMapper mapper(Collection<String> allowedTypes, ClassLoader loader) {
        return mapper(new SpringTypePolicy(allowedTypes, loader), loader);
    }

    static JsonMapper mapper(SpringTypePolicy policy, ClassLoader loader) {
        JsonMapper.Builder builder = JsonMapper.builder()
                .changeDefaultVisibility(visibility -> visibility
                        .withVisibility(com.fasterxml.jackson.annotation.PropertyAccessor.ALL, Visibility.NONE)
                        .withFieldVisibility(Visibility.ANY)
                        .withCreatorVisibility(Visibility.ANY))
                .enable(MapperFeature.ALLOW_FINAL_FIELDS_AS_MUTATORS)
                .polymorphicTypeValidator(policy);
        if (isPresent("org.springframework.security.jackson.SecurityJacksonModules", loader)) {
            SecurityModules.add(builder, policy, loader);
        }
        if (isPresent("org.springframework.web.servlet.FlashMap", loader)) {
            builder.addModule(new FlashMapModule(policy));
        }
        return builder.addModule(new Typing(policy)).build();
    }

    static boolean isPresent(String type, ClassLoader loader) {
        return ClassUtils.isPresent(type, loader);
    }

    /** The last module: its word on types is the last one. */
    private static final class Typing extends JacksonModule {
        private final SpringTypePolicy policy;

        Typing(SpringTypePolicy policy) {
            this.policy = policy;
        }

        @Override
        public String getModuleName() {
            return "dynamosession-types";
        }

        @Override
        public Version version() {
            return Version.unknownVersion();
        }

        @Override
        public void setupModule(SetupContext context) {
            KeptDeserializers.add(context);
            ((JsonMapper.Builder) context.getOwner())
                    .setDefaultTyping(new ByPolicy(policy))
                    // As numbers, times would lose nanoseconds where a reader of Spring Security takes a tree first.
                    .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS);
        }
    }

    /** Asks the policy when it writes, too, so that a refusal names the class. */
    private static final class ByPolicy extends DefaultTypeResolverBuilder {
        private static final long serialVersionUID = 1L;

        private final SpringTypePolicy policy;

        ByPolicy(SpringTypePolicy policy) {
            super(policy, DefaultTyping.NON_FINAL, JsonTypeInfo.As.PROPERTY);
            this.policy = policy;
        }

        @Override
        protected TypeIdResolver idResolver(
                DatabindContext context,
                JavaType base,
                PolymorphicTypeValidator validator,
                Collection<NamedType> subtypes,
                boolean forSerialization,
                boolean forDeserialization) {
            return new Ids(base, policy);
        }
    }

    private static final class Ids extends ClassNameIdResolver {
        private static final long serialVersionUID = 1L;

        private final SpringTypePolicy policy;

        Ids(JavaType base, SpringTypePolicy policy) {
            super(base, List.of(), policy);
            this.policy = policy;
        }

        @Override
        public String idFromValue(DatabindContext context, Object value) {
            return policy.idFor(value, super.idFromValue(context, value), context);
        }

        @Override
        public String idFromValueAndType(DatabindContext context, Object value, Class<?> type) {
            return policy.idFor(value, super.idFromValueAndType(context, value, type), context);
        }
    }
}
