// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code --name value} pairs. */
final class Options {
    static final String USAGE = """
            Options of the demo, all of them optional:
              --port N            the front door                       (8080; 0: any free port)
              --node-ports N,M    the nodes, two to nine               (the ports after the front door's)
              --host ADDRESS      the address to listen on             (127.0.0.1)
              --endpoint URL      a DynamoDB to use instead of an embedded DynamoDB Local
              --region NAME       its region                           (the SDK's own chain)
              --table NAME        the table, made if it is missing     (dynamosession-demo)
              --compress-above N  store values above N bytes compressed; off: never (as the library does)
              --dynamodb-port N   where the embedded one listens       (any free port)
              --faults N          send N requests while the database fails, and say what came of them
              --seed S            of the fault run                     (1)
              --latency MS        measure how long requests wait if each call to the database takes MS milliseconds
              --help              this text
            """;

    /** What the launcher tells its children is not for users, and not in the text above. */
    private static final Set<String> NAMES = Set.of(
            "port",
            "node-ports",
            "host",
            "endpoint",
            "region",
            "table",
            "dynamodb-port",
            "compress-above",
            "faults",
            "seed",
            "latency",
            "name",
            "front",
            "directory",
            "embedded");

    /** Of {@link #compressAbove}: nothing is compressed. */
    static final int OFF = -1;

    private final Map<String, String> values;

    private Options(Map<String, String> values) {
        this.values = values;
    }

    static Options parse(List<String> args) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            int equals = arg.indexOf('=');
            String name = arg.startsWith("--") ? arg.substring(2, equals < 0 ? arg.length() : equals) : "";
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException("unknown option: " + arg);
            }
            if (equals < 0 && i + 1 == args.size()) {
                throw new IllegalArgumentException(arg + " needs a value");
            }
            values.put(name, equals < 0 ? args.get(++i) : arg.substring(equals + 1));
        }
        return new Options(values);
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).filter(value -> !value.isEmpty());
    }

    String text(String name, String otherwise) {
        return text(name).orElse(otherwise);
    }

    String required(String name) {
        return text(name).orElseThrow(() -> new IllegalArgumentException("--" + name + " is needed"));
    }

    int port(String name, int otherwise) {
        return text(name).map(value -> port("--" + name, value)).orElse(otherwise);
    }

    List<Integer> ports(String name, List<Integer> otherwise) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        List<Integer> ports = new ArrayList<>();
        for (String part : text.get().split(",", -1)) {
            ports.add(port("--" + name, part.strip()));
        }
        if (ports.size() < 2 || ports.size() > 9) {
            throw new IllegalArgumentException("--" + name + " wants two to nine ports");
        }
        return ports;
    }

    /** Bytes, or {@link #OFF}; empty if the library's default is wanted. */
    Optional<Integer> compressAbove() {
        return text("compress-above").map(value -> {
            try {
                int bytes = value.equals("off") ? OFF : Integer.parseInt(value);
                if (bytes >= OFF) {
                    return bytes;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw new IllegalArgumentException("--compress-above wants a number of bytes, or off, not " + value);
        });
    }

    /** At least one. */
    Optional<Integer> count(String name) {
        return text(name).map(value -> {
            try {
                int count = Integer.parseInt(value);
                if (count > 0) {
                    return count;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw new IllegalArgumentException("--" + name + " wants a positive number, not " + value);
        });
    }

    Optional<URI> endpoint() {
        return text("endpoint").map(value -> {
            URI uri = URI.create(value);
            if (uri.getHost() == null || !String.valueOf(uri.getScheme()).matches("https?")) {
                throw new IllegalArgumentException("--endpoint wants a URL such as http://localhost:8000");
            }
            return uri;
        });
    }

    private static int port(String what, String value) {
        try {
            int port = Integer.parseInt(value);
            if (port >= 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(what + " wants a number from 0 to 65535, not " + value);
    }
}
