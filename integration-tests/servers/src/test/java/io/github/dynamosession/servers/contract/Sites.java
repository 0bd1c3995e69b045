// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers.contract;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.testkit.AdapterContract;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The servers that the contract starts: folders of this application, each behind a {@link DynamoSessionFilter} of its
 * own, which this filter only chooses.
 */
@WebFilter(
        urlPatterns = "/*",
        dispatcherTypes = {DispatcherType.REQUEST, DispatcherType.ERROR})
public class Sites implements Filter {
    private static final Pattern PATH = Pattern.compile(".*?/sites/([0-9]+)(/.*)");
    private static final Map<String, Site> OPEN = new ConcurrentHashMap<>();
    private static final AtomicInteger COUNT = new AtomicInteger();

    private static volatile FilterConfig config;
    private static volatile URI application;

    private record Site(DynamoSessionFilter filter, AdapterContract.Application pages) {}

    /** Where the server that this runs in answers, with the path of this application. */
    static void at(URI address) {
        application = address;
    }

    static AdapterContract.Running open(SessionManager manager, AdapterContract.Application pages)
            throws ServletException {
        DynamoSessionFilter filter = DynamoSessionFilter.builder(manager).build();
        filter.init(config);
        String number = String.valueOf(COUNT.incrementAndGet());
        OPEN.put(number, new Site(filter, pages));
        return new AdapterContract.Running(URI.create(application + "/sites/" + number), () -> {
            OPEN.remove(number);
            filter.destroy();
        });
    }

    @Override
    public void init(FilterConfig given) {
        config = given;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Object failed = request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
        Site site = site(failed == null ? ((HttpServletRequest) request).getRequestURI() : failed.toString());
        if (site == null) {
            chain.doFilter(request, response);
        } else {
            site.filter().doFilter(request, response, chain);
        }
    }

    /** What the contract's application says. */
    static String answer(String path, AdapterContract.Visit visit) throws Exception {
        Site site = site(path);
        if (site == null) {
            throw new IllegalStateException("no site is at " + path);
        }
        return site.pages().serve(PATH.matcher(path).replaceFirst("$2"), visit);
    }

    private static @Nullable Site site(String path) {
        Matcher matcher = PATH.matcher(path);
        return matcher.matches() ? OPEN.get(matcher.group(1)) : null;
    }
}
