// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import io.github.dynamosession.it.servlet.Browser.Answer;
import io.github.dynamosession.it.servlet.TestServer.Page;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** One check of a rule, in one container and one way: pages of its own, and browsers that ask for them. */
final class Trial {
    private static final AtomicInteger COUNT = new AtomicInteger();

    final Container container;
    final Way way;
    final RuleServer server;
    private final String prefix = "/rule-" + COUNT.incrementAndGet();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();

    /** What pages note, in their order. */
    final List<Object> seen = new CopyOnWriteArrayList<>();

    Trial(Container container, Way way, RuleServer server) {
        this.container = container;
        this.way = way;
        this.server = server;
    }

    Trial page(String path, Page page) {
        return page(RuleServer.PLAIN, path, page);
    }

    Trial page(String application, String path, Page page) {
        server.page(application, prefix + path, guarded(page));
        return this;
    }

    Trial errorPage(Page page) {
        return page(Container.ERROR_PAGE, page);
    }

    /** A servlet without a path, for a dispatch by name from the page of the path. */
    Trial named(String path, Page page) {
        server.named(RuleServer.PLAIN, prefix + path, guarded(page));
        return this;
    }

    private Page guarded(Page page) {
        return (request, response) -> {
            try {
                page.serve(request, response);
            } catch (Throwable e) {
                failures.add(e);
                throw e;
            }
        };
    }

    /** Runs what happens outside of a page, on a thread of an application, and remembers what fails. */
    Runnable guarded(Step step) {
        return () -> {
            try {
                step.run();
            } catch (Throwable e) {
                failures.add(e);
            }
        };
    }

    /** Something that may fail. */
    interface Step {
        void run() throws Exception;
    }

    /** The path of a page within its application. */
    String path(String path) {
        return prefix + path;
    }

    Browser browser() {
        return browser(RuleServer.PLAIN);
    }

    Browser browser(String application) {
        return new Browser(server.port(), application + prefix);
    }

    /** Asks once, as a client without cookies. */
    Answer get(String path) {
        return browser().get(path);
    }

    /** An assertion that failed in a page is what the answer's failure comes from. */
    void rethrow(Throwable outside) throws Exception {
        Throwable first = failures.stream()
                .filter(AssertionError.class::isInstance)
                .findFirst()
                .orElse(outside);
        for (Throwable other : failures) {
            if (other != first) {
                first.addSuppressed(other);
            }
        }
        if (first != outside) {
            first.addSuppressed(outside);
        }
        if (first instanceof Error error) {
            throw error;
        }
        throw (Exception) first;
    }

    /** What failed in a page although the rule's check found nothing. */
    void rethrowAssertion() {
        for (Throwable failure : failures) {
            if (failure instanceof AssertionError error) {
                throw error;
            }
        }
    }
}
