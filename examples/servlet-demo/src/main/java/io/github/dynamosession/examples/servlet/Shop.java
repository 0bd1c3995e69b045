// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the shop does whatever serves it: the other examples use it, too. */
public final class Shop {
    /** The attribute with the user's name, text. */
    public static final String USER = "user";

    /** The attribute with the {@link Cart}. */
    public static final String CART = "cart";

    private static final int SHOWN_LINES = 8;
    private static final int MAX_DELAY = 60_000;

    /** Below DynamoDB's 400 KB with room for what is set later. */
    private static final int MAX_KB = 380;

    /** What a stored session of the demo takes beside the cart's JSON and the user's name. */
    private static final int FRAME = 420;

    private Shop() {}

    /**
     * What the page's script is told.
     *
     * @param node which one answers
     * @param front the front door's port
     * @param user who is logged in; null: nobody
     * @param session the session's id; null if there is none
     * @param cart what is in the cart
     * @return to be sent as JSON
     */
    public static Map<String, Object> state(
            String node, int front, @Nullable String user, @Nullable String session, Cart cart) {
        Map<String, Object> state = new LinkedHashMap<>();
        state.put("node", node);
        state.put("front", front);
        state.put("products", Product.ALL.stream().map(Shop::plain).toList());
        if (user != null) {
            state.put("user", user);
        }
        if (session != null) {
            state.put("session", mark(session));
        }
        List<Map<String, Object>> lines =
                cart.lines().stream().limit(SHOWN_LINES).map(Shop::plain).toList();
        state.put("lines", lines);
        state.put("moreLines", Math.max(0, cart.lines().size() - SHOWN_LINES));
        state.put("items", cart.items());
        state.put("totalCents", cart.totalCents());
        return state;
    }

    private static Map<String, Object> plain(Product product) {
        return Map.of("sku", product.sku(), "title", product.title(), "cents", product.cents());
    }

    private static Map<String, Object> plain(Cart.Line line) {
        return Map.of("sku", line.sku(), "title", line.title(), "quantity", line.quantity(), "cents", line.cents());
    }

    /** Enough to see that the id has changed, and of no use to anybody who sees the page. */
    private static String mark(String id) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Whether a request comes from the page. SameSite keeps the cookie away from other sites' requests;
     * logging in needs no cookie.
     *
     * @param secFetchSite the header {@code Sec-Fetch-Site}; null if there is none
     * @return false: another site's page has sent it
     */
    public static boolean isSameSite(@Nullable String secFetchSite) {
        return secFetchSite == null || secFetchSite.equals("same-origin");
    }

    /**
     * A user's name as it is stored.
     *
     * @param name as it was sent; null if it was not
     * @return without blanks around it
     * @throws IllegalArgumentException if it is none
     */
    public static String user(@Nullable String name) {
        String user = name == null ? "" : name.strip();
        if (user.isEmpty() || user.length() > 64) {
            throw new IllegalArgumentException("user wants 1 to 64 characters");
        }
        return user;
    }

    /**
     * A product.
     *
     * @param sku as it was sent; null if it was not
     * @return the product
     * @throws IllegalArgumentException if there is none
     */
    public static Product product(@Nullable String sku) {
        return Product.of(String.valueOf(sku)).orElseThrow(() -> new IllegalArgumentException("sku wants a product"));
    }

    /**
     * A cart that makes the whole item just under so many KB.
     *
     * @param user the user's name, which is stored beside it
     * @param kb the number as it was sent; null: 1
     * @return the cart
     * @throws IllegalArgumentException if it is no number, or too large
     */
    public static Cart cart(String user, @Nullable String kb) {
        return Cart.ofJsonSize(number(kb, "kb", 1, 1, MAX_KB) * 1024 - FRAME - jsonLength(user));
    }

    private static int jsonLength(String user) {
        // An escape such as \\u0001 is the longest that a character can become.
        return user.codePoints()
                .map(c -> c < 0x20 || c == '"' || c == '\\' ? 6 : utf8Length(c))
                .sum();
    }

    private static int utf8Length(int codePoint) {
        return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    }

    /**
     * A number as text, and one more.
     *
     * @param before empty: zero
     * @return the sum
     * @throws IllegalArgumentException if it is no number
     */
    public static String plusOne(Optional<String> before) {
        try {
            return Long.toString(before.map(Long::parseLong).orElse(0L) + 1);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the value of k is no number", e);
        }
    }

    /**
     * How long a request is to wait.
     *
     * @param text as it was sent; null: not at all
     * @return milliseconds
     * @throws IllegalArgumentException if it is no number, or too large
     */
    public static int delay(@Nullable String text) {
        return number(text, "delay", 0, 0, MAX_DELAY);
    }

    /**
     * Waits.
     *
     * @param millis how long; less if the thread is interrupted, which it then is still
     */
    public static void sleep(int millis) {
        if (millis == 0) {
            return;
        }
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int number(@Nullable String text, String name, int otherwise, int least, int most) {
        if (text == null || text.isEmpty()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(name + " wants a number from " + least + " to " + most);
    }
}
