// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import io.github.dynamosession.examples.servlet.CookieClient.Answer;
import io.github.dynamosession.examples.servlet.FaultProxy.Extent;
import io.github.dynamosession.examples.servlet.FaultProxy.Fault;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Lets a few clients use the shop while its database fails, and knows after each request what their sessions must hold:
 * what was answered is stored, what was refused is not, unless the node's log says that this is unknown. Each request is
 * followed by one without a fault that looks, at another node. One request at a time, so that each fault and each line
 * of a log belongs to one.
 */
final class FaultRun {
    private static final int CLIENTS = 4;
    private static final String UNKNOWN = "outcome unknown";
    private static final Pattern USER = Pattern.compile("\"user\":\"([^\"]*)\"");
    private static final Pattern ITEMS = Pattern.compile("\"items\":(\\d+)");

    /** What a client can see of its session. */
    private record View(String user, int items, String note) {
        static final View NOTHING = new View("", 0, "");
    }

    private enum Act {
        ADD(35, 2),
        NOTE(20, 2),
        READ(15, 1),
        LOG_IN(20, 3),
        LOG_OUT(10, 2);

        private final int percent;

        /** Of the database, if there is a session. */
        private final int calls;

        Act(int percent, int calls) {
            this.percent = percent;
            this.calls = calls;
        }

        static Act any(Random random) {
            int left = random.nextInt(100);
            for (Act act : values()) {
                left -= act.percent;
                if (left < 0) {
                    return act;
                }
            }
            throw new AssertionError();
        }

        View after(View before, String value) {
            return switch (this) {
                case ADD -> new View(before.user(), before.items() + 1, before.note());
                case NOTE -> new View(before.user(), before.items(), value);
                case READ -> before;
                case LOG_IN -> new View(value, before.items(), before.note());
                case LOG_OUT -> View.NOTHING;
            };
        }
    }

    /** A client, and what its session must hold. */
    private final class Client {
        private final String name;
        private final CookieClient browser;
        private View view = View.NOTHING;

        /** A login may have moved the session to an id that never reached the client. */
        private boolean mustLogIn;

        Client(String name, String cookie) {
            this.name = name;
            this.browser = new CookieClient(http, cookie);
        }

        Answer send(Act act, String node, String value) throws InterruptedException {
            return switch (act) {
                case ADD -> browser.post(node + "/api/cart", "sku=tea&by=1");
                case NOTE -> browser.get(node + "/change?k=note&v=" + value);
                case READ -> browser.get(node + "/api/state");
                case LOG_IN -> browser.post(node + "/api/login", "user=" + value);
                case LOG_OUT -> browser.post(node + "/api/logout", "");
            };
        }
    }

    /** What became of the requests that met one kind of fault. */
    private static final class Tally {
        private int requests;
        private int refused;
        private int notApplied;
        private int unknownApplied;
        private int unknownNotApplied;
        private int wrong;
    }

    private final FaultProxy proxy;
    private final List<String> nodes;
    private final long seed;
    private final Duration patience;
    private final PrintStream out;
    private final Random random;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Client> clients = new ArrayList<>();
    private final Map<Fault, Tally> tallies = new EnumMap<>(Fault.class);
    private final List<String> log = new ArrayList<>();

    /** Ids that a login or logout has replaced or ended. */
    private final List<String> former = new ArrayList<>();

    /**
     * Not started yet.
     *
     * @param proxy between the nodes and their database
     * @param nodes the addresses of two nodes
     * @param seed of all that is chosen at random
     * @param patience how long a log may take to come from another process; only what is wrong waits for it
     * @param out is told what was wrong, and at the end of all
     */
    FaultRun(FaultProxy proxy, List<String> nodes, long seed, Duration patience, PrintStream out) {
        this.proxy = proxy;
        this.nodes = nodes;
        this.seed = seed;
        this.patience = patience;
        this.out = out;
        this.random = new Random(seed);
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new Client("client" + i, ""));
        }
        for (Fault fault : Fault.values()) {
            tallies.put(fault, new Tally());
        }
    }

    /** A node has written a line. */
    void said(String line) {
        synchronized (log) {
            log.add(line);
            log.notifyAll();
        }
    }

    /** Whether nothing was wrong. */
    boolean run(int requests) throws IOException, InterruptedException {
        for (int i = 0; i < requests; i++) {
            Client client = clients.get(random.nextInt(CLIENTS));
            Fault fault = fault();
            Act act = Act.any(random);
            boolean held = step(i, client, act, fault);
            if (held) {
                // What this client does next must not be undone by what arrives after it; but of two plain changes of
                // one attribute the last to arrive wins.
                Act next = Act.any(random);
                step(++i, client, act == Act.NOTE && next == Act.NOTE ? Act.ADD : next, Fault.NONE);
            }
        }
        for (String id : former) {
            Client last = new Client("former", id);
            expect(requests, last, Fault.NONE, "an id that was replaced or ended");
        }
        for (Client client : clients) {
            expect(requests, client, Fault.NONE, "at the end");
        }
        out.print(table(requests));
        return tallies.values().stream().noneMatch(tally -> tally.wrong > 0);
    }

    private Fault fault() {
        int any = random.nextInt(100);
        if (any < 30) {
            return Fault.NONE;
        }
        return any(List.of(Fault.values()).subList(1, Fault.values().length));
    }

    private <T> T any(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** One request, and the look at what came of it. True: a part of it may still arrive. */
    private boolean step(int number, Client client, Act chosen, Fault fault) throws IOException, InterruptedException {
        Act act = client.mustLogIn ? Act.LOG_IN : chosen;
        int node = random.nextInt(nodes.size());
        String value = client.name + "-" + number;
        String id = client.browser.cookie();
        View before = client.view;
        View after = act.after(before, value);
        forgetLog();
        proxy.inject(fault, random.nextInt(act.calls), any(List.of(Extent.values())));
        Answer answer = client.send(act, nodes.get(node), value);
        boolean met = proxy.heal();
        Fault happened = met ? fault : Fault.NONE;
        boolean late = happened == Fault.LATE && answer.isOk();
        if (!late) {
            proxy.release();
        }
        Tally tally = tally(happened);
        tally.requests++;
        View seen = look(client, 1 - node);
        String wrong =
                answer.isOk() ? answered(act, answer, after, seen) : refused(tally, act, answer, before, after, seen);
        if (!wrong.isEmpty()) {
            complain(tally, number, happened, act + " of " + client.name + " answered " + answer.status(), wrong);
            out.println("  before " + before + ", then " + seen);
        }
        client.mustLogIn = act == Act.LOG_IN && !answer.isOk() && seen.equals(View.NOTHING);
        client.view = seen;
        if (!id.isEmpty() && !id.equals(client.browser.cookie())) {
            former.add(id);
            Client thief = new Client("thief", id);
            expect(number, thief, happened, "the id before " + act);
        }
        return late;
    }

    private static String answered(Act act, Answer answer, View after, View seen) {
        if (!seen.equals(after)) {
            return "an answered request is not as it was answered: should be " + after;
        }
        boolean states = act != Act.NOTE;
        if (states
                && !(answer.find(USER).equals(after.user())
                        && answer.find(ITEMS).equals("" + after.items()))) {
            return "the answer tells of another state: " + answer.body();
        }
        return "";
    }

    private String refused(Tally tally, Act act, Answer answer, View before, View after, View seen)
            throws InterruptedException {
        tally.refused++;
        if (!awaitLog(line -> true)) {
            return "refused, and nothing in the log";
        }
        boolean applied = !seen.equals(before);
        // Seldom in the next line; a missing one is waited for.
        boolean unknown = applied ? awaitLog(line -> line.contains(UNKNOWN)) : hasLog(line -> line.contains(UNKNOWN));
        if (unknown && applied) {
            tally.unknownApplied++;
        } else if (unknown) {
            tally.unknownNotApplied++;
        } else {
            tally.notApplied++;
        }
        if (answer.status() != 503) {
            return "neither answered nor refused with 503: " + answer.body();
        }
        if (answer.setsCookie()) {
            return "a refused request sets a cookie";
        }
        if (applied && !unknown) {
            return "a refused request was applied";
        }
        // A login that was done, and whose new id nobody was told, leaves nothing under the old one.
        boolean movedAway = act == Act.LOG_IN && seen.equals(View.NOTHING);
        return applied && !seen.equals(after) && !movedAway ? "half applied, neither as before nor as " + after : "";
    }

    /** What a client sees must be what it is known to see. */
    private void expect(int number, Client client, Fault fault, String what) throws InterruptedException {
        View seen = look(client, random.nextInt(nodes.size()));
        if (!seen.equals(client.view)) {
            complain(tally(fault), number, fault, what, "should be " + client.view + ", is " + seen);
            client.view = seen;
        }
    }

    private View look(Client client, int node) throws InterruptedException {
        Answer state = sure(client, nodes.get(node), "/api/state");
        Answer note = sure(client, nodes.get(node), "/read?k=note");
        return new View(state.find(USER), Integer.parseInt(state.find(ITEMS)), note.body());
    }

    /** Without a fault, but over connections that may have gone with the last one: reading may be repeated. */
    private static Answer sure(Client client, String node, String path) throws InterruptedException {
        Answer answer = client.browser.get(node + path);
        for (int i = 0; i < 20 && !answer.isOk(); i++) {
            Thread.sleep(200);
            answer = client.browser.get(node + path);
        }
        if (!answer.isOk()) {
            throw new IllegalStateException(path + " is answered " + answer);
        }
        return answer;
    }

    private void complain(Tally tally, int number, Fault fault, String what, String wrong) {
        tally.wrong++;
        out.printf("WRONG: request %d, seed %d, fault \"%s\", %s: %s%n", number, seed, fault.text, what, wrong);
        synchronized (log) {
            log.forEach(line -> out.println("  " + line));
        }
    }

    private Tally tally(Fault fault) {
        return tallies.getOrDefault(fault, new Tally());
    }

    private void forgetLog() {
        synchronized (log) {
            log.clear();
        }
    }

    private boolean hasLog(Predicate<String> line) {
        synchronized (log) {
            return log.stream().anyMatch(line);
        }
    }

    private boolean awaitLog(Predicate<String> line) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        synchronized (log) {
            while (!hasLog(line)) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return false;
                }
                log.wait(left);
            }
            return true;
        }
    }

    private String table(int requests) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "%n%d requests, seed %d%n%n", requests, seed));
        text.append("| fault | requests | refused | not applied | unknown, applied | unknown, not applied | wrong |\n");
        text.append("|---|---|---|---|---|---|---|\n");
        tallies.forEach((fault, tally) -> text.append(String.format(
                Locale.ROOT,
                "| %s | %d | %d | %d | %d | %d | %d |%n",
                fault.text,
                tally.requests,
                tally.refused,
                tally.notApplied,
                tally.unknownApplied,
                tally.unknownNotApplied,
                tally.wrong)));
        return text.toString();
    }
}
