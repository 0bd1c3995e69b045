// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.FlashMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.type.WritableTypeId;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.jsontype.TypeDeserializer;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.module.SimpleModule;

/** Flash attributes: a map that has fields beside its entries, of which Jackson would lose the fields. */
final class FlashMapModule extends SimpleModule {
    private static final long serialVersionUID = 1L;

    private static final String PATH = "path";
    private static final String PARAMETERS = "parameters";
    private static final String EXPIRES = "expires";
    private static final String ATTRIBUTES = "attributes";

    FlashMapModule(SpringTypePolicy policy) {
        super("dynamosession-flash-map");
        policy.allow(FlashMap.class);
        addSerializer(FlashMap.class, new Writer());
        addDeserializer(FlashMap.class, new Reader());
    }

    private static final class Writer extends ValueSerializer<FlashMap> {
        @Override
        public void serialize(FlashMap value, JsonGenerator out, SerializationContext context) {
            out.writeStartObject();
            members(value, out, context);
            out.writeEndObject();
        }

        @Override
        public void serializeWithType(
                FlashMap value, JsonGenerator out, SerializationContext context, TypeSerializer types) {
            WritableTypeId id = types.writeTypePrefix(out, context, types.typeId(value, JsonToken.START_OBJECT));
            members(value, out, context);
            types.writeTypeSuffix(out, context, id);
        }

        private static void members(FlashMap value, JsonGenerator out, SerializationContext context) {
            out.writeStringProperty(PATH, value.getTargetRequestPath());
            out.writeNumberProperty(EXPIRES, value.getExpirationTime());
            out.writeName(PARAMETERS);
            out.writeStartObject();
            value.getTargetRequestParams().forEach((name, values) -> {
                out.writeName(name);
                out.writeStartArray();
                values.forEach(out::writeString);
                out.writeEndArray();
            });
            out.writeEndObject();
            TypeSerializer any = context.findTypeSerializer(context.constructType(Object.class));
            out.writeName(ATTRIBUTES);
            out.writeStartObject();
            value.forEach((name, attribute) -> {
                out.writeName(name);
                if (attribute == null) {
                    out.writeNull();
                } else {
                    context.findValueSerializer(attribute.getClass()).serializeWithType(attribute, out, context, any);
                }
            });
            out.writeEndObject();
        }
    }

    private static final class Reader extends ValueDeserializer<FlashMap> {
        @Override
        public FlashMap deserialize(JsonParser in, DeserializationContext context) {
            JsonNode node = context.readTree(in);
            FlashMap map = new FlashMap();
            map.setTargetRequestPath(text(node.get(PATH)));
            JsonNode expires = node.get(EXPIRES);
            map.setExpirationTime(expires == null ? -1 : expires.asLong(-1));
            members(node.get(PARAMETERS)).forEach((name, values) -> {
                for (JsonNode value : values) {
                    map.addTargetRequestParam(name, value.asString(""));
                }
            });
            members(node.get(ATTRIBUTES))
                    .forEach((name, value) -> map.put(name, context.readTreeAsValue(value, Object.class)));
            return map;
        }

        @Override
        public Object deserializeWithType(JsonParser in, DeserializationContext context, TypeDeserializer types) {
            return types.deserializeTypedFromObject(in, context);
        }

        private static @Nullable String text(@Nullable JsonNode node) {
            return node == null || !node.isString() ? null : node.stringValue();
        }

        private static Map<String, JsonNode> members(@Nullable JsonNode node) {
            Map<String, JsonNode> members = new LinkedHashMap<>();
            if (node != null) {
                node.propertyStream().forEach(member -> members.put(member.getKey(), member.getValue()));
            }
            return members;
        }
    }
}
