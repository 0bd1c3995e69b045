// SPDX-License-Identifier: Apache-2.0
package com.shop;

import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.spi.SessionCodec;
import org.apache.wicket.DefaultPageManagerProvider;
import org.apache.wicket.Page;
import org.apache.wicket.pageStore.IPageStore;
import org.apache.wicket.pageStore.InSessionPageStore;
import org.apache.wicket.protocol.http.WebApplication;
import org.apache.wicket.serialize.ISerializer;

/** An application of one page, whose pages are in the session. */
public class ShopApplication extends WebApplication {
    @Override
    public Class<? extends Page> getHomePage() {
        return CartPage.class;
    }

    @Override
    protected void init() {
        super.init();
        SessionCodec pages =
                JavaCodec.builder().allow("org.apache.wicket.**", "com.shop.**").build();
        getFrameworkSettings().setSerializer(new ISerializer() {
            @Override
            public byte[] serialize(Object page) {
                return pages.encode(page);
            }

            @Override
            public Object deserialize(byte[] bytes) {
                return pages.decode(bytes, Object.class);
            }
        });
        setPageManagerProvider(new DefaultPageManagerProvider(this) {
            @Override
            protected IPageStore newPersistentStore() {
                return new InSessionPageStore(10);
            }

            @Override
            protected IPageStore newAsynchronousStore(IPageStore store) {
                return store;
            }

            @Override
            protected IPageStore newCachingStore(IPageStore store) {
                return store;
            }
        });
    }
}
