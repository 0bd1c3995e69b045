// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The page, in a browser,")
class PageTest {
    private RunningDemo demo;
    private Browser browser;

    @BeforeEach
    void start() {
        Optional<Browser> installed = Browser.start();
        assumeTrue(installed.isPresent(), "no browser test: chromium and chromedriver are not both on the PATH");
        browser = installed.get();
        demo = RunningDemo.shared();
        browser.open(demo.base() + "/");
        awaitScript(
                "the page to be filled",
                "return document.querySelectorAll('#products li').length === 4"
                        + " && document.querySelectorAll('#nodes li').length === 2");
    }

    @AfterEach
    void stop() {
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    @DisplayName("survives the loss of the node that answered, changes from two tabs at once, and forgets nobody")
    void wholeStory() {
        // An anonymous visitor has a session because of the cart.
        browser.click("#products [data-sku=tea]");
        awaitText("#items", "1");
        JsonNode before = sessionCookie();

        browser.type("#name", "Ada");
        browser.click("#login-form button");
        awaitText("#user", "Ada");
        assertThat(browser.text("#items")).as("the cart is kept").isEqualTo("1");
        JsonNode after = sessionCookie();
        assertThat(after.get("value")).as("a new id").isNotEqualTo(before.get("value"));
        assertThat(after.get("httpOnly").asBoolean()).isTrue();
        assertThat(after.get("sameSite").asText()).isEqualTo("Lax");
        assertThat(after.get("secure").asBoolean()).as("over plain http").isFalse();
        assertThat(browser.script("return document.cookie").asText()).isEmpty();

        String first = browser.tab();
        String second = browser.newTab();
        browser.open(demo.base() + "/");
        awaitText("#user", "Ada");
        twentyClicks();
        browser.switchTo(first);
        twentyClicks();
        awaitScript("no click to be lost", "return document.getElementById('items').textContent === '41'");
        browser.switchTo(second);
        awaitScript("the other tab to follow", "return document.getElementById('items').textContent === '41'");

        browser.switchTo(first);
        String answered = browser.script("return document.querySelector('#nodes .answered').dataset.name")
                .asText();
        String other = answered.equals("A") ? "B" : "A";
        try {
            browser.click("#nodes [data-name=" + answered + "] button");
            awaitScript("the node to be gone", "return " + stateOf(answered) + " === 'stopped'");
            browser.click("#products [data-sku=cup]");
            awaitText("#items", "42");
            assertThat(browser.text("#user")).isEqualTo("Ada");
            awaitScript(
                    "the other node to answer",
                    "return document.querySelector('#nodes .answered').dataset.name === '" + other + "'");
        } finally {
            new Visitor(demo.base()).post("/demo/nodes/" + answered + "/start", "");
        }
        awaitScript("the node to be back", "return " + stateOf(answered) + " === 'running'");
        assertThat(browser.text("#user")).isEqualTo("Ada");

        browser.click("#logout");
        awaitScript("the login form", "return !document.getElementById('login').hidden");
        assertThat(browser.text("#items")).isEqualTo("0");
        browser.open(demo.base() + "/who");
        assertThat(browser.text("body")).isEqualTo("nobody");
        browser.back();
        awaitScript(
                "nobody behind the back button",
                "return !document.getElementById('login').hidden"
                        + " && document.getElementById('user').textContent === ''");
        browser.switchTo(second);
        awaitScript("nobody in the other tab", "return !document.getElementById('login').hidden");
    }

    @Test
    @DisplayName("loses none of twenty clicks at once, not even those of a visitor who has no session yet")
    void burst() {
        browser.click("#burst");
        awaitText("#burst-result", "20 clicks at once, 20 more in the cart.");
        awaitText("#items", "20");
    }

    @Test
    @DisplayName("shows what the last request cost")
    void cost() {
        browser.script("document.getElementById('live').click()");
        browser.click("#products [data-sku=tin]");
        awaitText("#items", "1");
        browser.click("#products [data-sku=tin]");
        awaitText("#items", "2");
        assertThat(browser.text("#last")).matches("last, node [AB] 1 2 1 1");
    }

    @Test
    @DisplayName("loads nothing from elsewhere and shows no error")
    void quiet() {
        assertThat(browser.script("return performance.getEntriesByType('resource')"
                                + ".filter(entry => !entry.name.startsWith(location.origin)).length")
                        .asInt())
                .isZero();
        assertThat(browser.text("#notice")).isEmpty();
    }

    /** Without waiting for their answers: the other tab clicks meanwhile. */
    private void twentyClicks() {
        browser.script("for (let i = 0; i < 20; i++) document.querySelector('#products [data-sku=tea]').click()");
    }

    private JsonNode sessionCookie() {
        JsonNode cookies = browser.cookies();
        assertThat(cookies).hasSize(1);
        return cookies.get(0);
    }

    private static String stateOf(String node) {
        return "document.querySelector('#nodes [data-name=" + node + "]').dataset.state";
    }

    private void awaitText(String selector, String text) {
        awaitScript(
                selector + " to be " + text,
                "return document.querySelector('" + selector + "').textContent === '" + text + "'");
    }

    private void awaitScript(String what, String body) {
        RunningDemo.await(what, () -> browser.script(body).asBoolean());
    }
}
