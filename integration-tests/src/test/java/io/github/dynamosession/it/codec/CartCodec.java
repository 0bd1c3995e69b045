// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import io.github.dynamosession.it.codec.Cart.Item;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;

/** The codec of {@code docs/custom-codecs.md}. */
final class CartCodec implements SessionCodec {
    public int format() {
        return 64;
    }

    public byte[] encode(Object value) {
        if (!(value instanceof Cart cart)) {
            throw new UnstorableValueException(
                    "CartCodec stores Cart, not " + value.getClass().getName(), null);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (Item item : cart.items()) {
                out.writeUTF(item.sku());
                out.writeInt(item.quantity());
            }
        } catch (IOException e) { // its message holds the value
            throw new UnstorableValueException("a Cart with an item number of more than 64 KB", null);
        }
        return bytes.toByteArray();
    }

    public Object decode(byte[] bytes, Type type) {
        List<Item> items = new ArrayList<>();
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            while (in.available() > 0) {
                items.add(new Item(in.readUTF(), in.readInt()));
            }
        } catch (IOException e) {
            throw new UnreadableValueException("not a Cart", null);
        }
        if (!(type instanceof Class<?> wanted && wanted.isAssignableFrom(Cart.class))) {
            throw new UnreadableValueException("a Cart, not " + type.getTypeName(), null);
        }
        return new Cart(items);
    }
}
