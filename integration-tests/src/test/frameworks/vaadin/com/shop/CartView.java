// SPDX-License-Identifier: Apache-2.0
package com.shop;

import com.vaadin.flow.component.ClickNotifier;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.HasComponents;
import com.vaadin.flow.component.HasText;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.router.Route;
import java.util.ArrayList;
import java.util.List;

/** What it shows is in its fields, which are in the session. */
@Route("")
@Tag("section")
public class CartView extends Component implements HasComponents {
    private final List<String> items = new ArrayList<>();

    /** A component of flow-server alone. */
    @Tag("button")
    public static class Button extends Component implements ClickNotifier<Button>, HasText {}

    /** Another one. */
    @Tag("p")
    public static class Text extends Component implements HasText {}

    public CartView() {
        Text shown = new Text();
        Button more = new Button();
        more.addClickListener(event -> {
            items.add("sku-" + (items.size() + 1));
            shown.setText("cart: " + items);
        });
        add(more, shown);
    }
}
