// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.Session;
import io.github.dynamosession.web.NewId;
import io.github.dynamosession.web.SessionExchange;
import java.time.Duration;
import java.time.Instant;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.web.server.WebSession;
import reactor.core.publisher.Mono;

/**
 * A session as WebFlux sees it, for one exchange. Asking for it makes none: a session begins with its first
 * attribute, or with {@link #start}. {@code changeSessionId}, {@code invalidate} and {@code save} do their work when
 * they are subscribed to.
 */
final class DynamoWebSession implements WebSession {
    private final SessionExchange one;
    private final Map<String, Object> attributes = new Attributes();
    private volatile boolean started;
    private volatile boolean invalidated;

    DynamoWebSession(SessionExchange one) {
        this.one = one;
    }

    /** The engine's session; see {@link DynamoWebSessions}. */
    Session session() {
        return one.make();
    }

    /** Also behind Spring Security's wrapper, which hands out the attributes of what it wraps. */
    static @Nullable DynamoWebSession of(WebSession session) {
        return session.getAttributes() instanceof Attributes attributes ? attributes.session() : null;
    }

    Optional<Session> existing() {
        Optional<Session> session = one.current();
        session.ifPresent(found -> one.used());
        return session;
    }

    @Override
    public String getId() {
        return one.make().id();
    }

    @Override
    public Map<String, Object> getAttributes() {
        return attributes;
    }

    @Override
    public void start() {
        started = true;
        one.make();
    }

    @Override
    public boolean isStarted() {
        return started
                || one.current()
                        .map(session -> !session.isNew() || !session.names().isEmpty())
                        .orElse(false);
    }

    @Override
    public Mono<Void> save() {
        return DynamoWebSessionManager.call(one, () -> one.async().commit()).then();
    }

    @Override
    public Mono<Void> changeSessionId() {
        return Mono.defer(() -> {
            one.make();
            one.wantNewId(NewId.LOGIN);
            return save();
        });
    }

    @Override
    public Mono<Void> invalidate() {
        return Mono.defer(() -> {
            invalidated = true;
            started = false;
            one.wantEnd();
            return save();
        });
    }

    @Override
    public boolean isExpired() {
        return invalidated && one.current().isEmpty();
    }

    @Override
    public Instant getCreationTime() {
        return one.make().createdAt();
    }

    @Override
    public Instant getLastAccessTime() {
        return one.make().lastAccessedAt();
    }

    @Override
    public void setMaxIdleTime(Duration maxIdleTime) {
        one.make().setIdleTimeout(maxIdleTime.isNegative() || maxIdleTime.isZero() ? null : maxIdleTime);
    }

    @Override
    public Duration getMaxIdleTime() {
        return one.make().idleTimeout().orElse(Duration.ofSeconds(-1));
    }

    /** The attributes themselves, not a copy. */
    private final class Attributes extends AbstractMap<String, Object> {
        DynamoWebSession session() {
            return DynamoWebSession.this;
        }

        @Override
        public @Nullable Object get(@Nullable Object name) {
            return name instanceof String text
                    ? existing().flatMap(session -> session.get(text)).orElse(null)
                    : null;
        }

        @Override
        public boolean containsKey(@Nullable Object name) {
            return get(name) != null;
        }

        @Override
        public @Nullable Object put(String name, Object value) {
            Object former = get(name);
            one.make().set(name, value);
            return former;
        }

        @Override
        public @Nullable Object remove(@Nullable Object name) {
            Object former = get(name);
            if (former != null && name instanceof String text) {
                one.make().remove(text);
            }
            return former;
        }

        @Override
        public Set<Entry<String, Object>> entrySet() {
            Set<String> names = existing().map(Session::names).orElse(Set.of());
            return new AbstractSet<>() {
                @Override
                public Iterator<Entry<String, Object>> iterator() {
                    Iterator<String> all = names.iterator();
                    return new Iterator<>() {
                        private @Nullable String current;

                        @Override
                        public boolean hasNext() {
                            return all.hasNext();
                        }

                        @Override
                        public Entry<String, Object> next() {
                            String name = all.next();
                            current = name;
                            Object value = Attributes.this.get(name);
                            // One that cannot be read looks absent, here empty.
                            return new SimpleEntry<>(name, value == null ? "" : value) {
                                private static final long serialVersionUID = 1L;

                                @Override
                                public Object setValue(Object next) {
                                    Attributes.this.put(getKey(), next);
                                    return super.setValue(next);
                                }
                            };
                        }

                        @Override
                        public void remove() {
                            if (current == null) {
                                throw new IllegalStateException("there is no entry");
                            }
                            Attributes.this.remove(current);
                        }
                    };
                }

                @Override
                public int size() {
                    return names.size();
                }
            };
        }
    }
}
