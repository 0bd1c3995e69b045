// SPDX-License-Identifier: Apache-2.0
package com.shop;

import jakarta.faces.component.UIComponent;
import jakarta.faces.context.FacesContext;
import jakarta.faces.event.ActionEvent;
import jakarta.faces.event.ActionListener;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Counts clicks in the state of a component, and keeps an object of the application in the view's scope. */
public class More implements ActionListener {
    /** What the view keeps. */
    public static class Cart implements Serializable {
        private final List<String> items = new ArrayList<>();

        public List<String> getItems() {
            return items;
        }
    }

    @Override
    public void processAction(ActionEvent event) {
        UIComponent form = event.getComponent().getParent();
        int clicks = (Integer) form.getAttributes().getOrDefault("clicks", 0) + 1;
        form.getAttributes().put("clicks", clicks);
        Map<String, Object> view =
                FacesContext.getCurrentInstance().getViewRoot().getViewMap();
        ((Cart) view.computeIfAbsent("cart", absent -> new Cart())).getItems().add("sku-" + clicks);
    }
}
