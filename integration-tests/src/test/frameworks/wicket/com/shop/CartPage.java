// SPDX-License-Identifier: Apache-2.0
package com.shop;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.wicket.ajax.AjaxRequestTarget;
import org.apache.wicket.ajax.markup.html.AjaxLink;
import org.apache.wicket.markup.html.WebMarkupContainer;
import org.apache.wicket.markup.html.WebPage;
import org.apache.wicket.markup.html.basic.Label;
import org.apache.wicket.markup.html.form.DropDownChoice;
import org.apache.wicket.markup.html.form.Form;
import org.apache.wicket.markup.html.form.TextField;
import org.apache.wicket.markup.html.link.Link;
import org.apache.wicket.markup.html.list.ListItem;
import org.apache.wicket.markup.html.list.ListView;
import org.apache.wicket.markup.html.panel.FeedbackPanel;
import org.apache.wicket.model.CompoundPropertyModel;
import org.apache.wicket.model.PropertyModel;

/** A stateful page: what it shows is in its fields, which are in the session. */
public class CartPage extends WebPage {
    private int clicks;
    private final List<String> items = new ArrayList<>(List.of("sku-1"));

    static class Order implements Serializable {
        String name = "";
        String size = "M";
    }

    public CartPage() {
        add(new Label("clicks", new PropertyModel<Integer>(this, "clicks")));
        add(new Link<Void>("more") {
            @Override
            public void onClick() {
                clicks++;
                items.add("sku-" + clicks);
            }
        });
        add(new ListView<>("items", new PropertyModel<List<String>>(this, "items")) {
            @Override
            protected void populateItem(ListItem<String> item) {
                item.add(new Label("item", item.getModel()));
            }
        });
        WebMarkupContainer box = new WebMarkupContainer("box");
        box.setOutputMarkupId(true);
        add(box);
        add(new AjaxLink<Void>("refresh") {
            @Override
            public void onClick(AjaxRequestTarget target) {
                target.add(box);
            }
        });
        Form<Order> form = new Form<>("order", new CompoundPropertyModel<>(new Order()));
        form.add(new TextField<>("name").setRequired(true), new DropDownChoice<>("size", List.of("M", "L")));
        add(form, new FeedbackPanel("feedback"));
    }
}
