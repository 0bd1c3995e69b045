// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.Token;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An operation on one row: reads it, asks a rule, writes on condition that the row is still what the rule saw, and
 * starts over if it is not. A write whose reply was lost is recognised by its stamp and repeated unchanged.
 */
final class RowChange<O> {
    /** How often an operation starts over: each time another writer has succeeded meanwhile. */
    static final int MAX_ATTEMPTS = 200;

    private final RowCalls calls;
    private final Clock clock;
    private final Rule<O> rule;
    private final @Nullable O ifUnknown;
    private int attempts;
    private int redirects;

    /**
     * A change.
     *
     * @param ifUnknown the outcome that says it cannot be told; null: there is none, and an exception does
     */
    RowChange(RowCalls calls, Clock clock, Rule<O> rule, @Nullable O ifUnknown) {
        this.calls = calls;
        this.clock = clock;
        this.rule = rule;
        this.ifUnknown = ifUnknown;
    }

    /** What is to be done about a row. */
    interface Rule<O> {
        SessionRules.Decision<O> decide(
                SessionKey key, @Nullable Content stored, @Nullable Token followed, Instant now);
    }

    /**
     * A write that was sent, perhaps several times.
     *
     * @param applied what it means if it was applied
     * @param lost whether an answer is missing, so that a refusal of the last may follow the success of the first
     */
    private record Sent<O>(Row seen, @Nullable Row next, O applied, boolean lost) {}

    CompletionStage<O> at(SessionKey key) {
        return look(key, null, null);
    }

    private CompletionStage<O> look(SessionKey key, @Nullable Token followed, @Nullable Sent<O> sent) {
        return calls.get(key).thenCompose(found -> {
            Row row = found.orElse(null);
            if (sent == null) {
                return decided(key, followed, row);
            }
            return switch (SessionRules.recognise(row, sent.seen(), sent.next())) {
                case YES -> done(sent.applied());
                case NO -> {
                    if (sent.lost() && sent.seen().isSameWrite(row)) {
                        // Not applied yet: the same write again, so that both cannot be applied.
                        yield send(key, followed, sent);
                    }
                    calls.resolved();
                    yield decided(key, followed, row);
                }
                case UNKNOWN -> {
                    if (!sent.lost()) {
                        yield decided(key, followed, row);
                    }
                    yield ifUnknown == null ? failed(calls.outcomeUnknown()) : done(ifUnknown);
                }
            };
        });
    }

    private CompletionStage<O> decided(SessionKey key, @Nullable Token followed, @Nullable Row row) {
        SessionRules.Decision<O> decision =
                rule.decide(key, row == null ? null : row.content(), followed, clock.instant());
        if (decision instanceof SessionRules.Decision.Answer<O> answer) {
            return done(answer.outcome());
        }
        if (decision instanceof SessionRules.Decision.Unknown<O>) {
            return ifUnknown == null ? failed(calls.outcomeUnknown()) : done(ifUnknown);
        }
        if (decision instanceof SessionRules.Decision.Follow<O> follow) {
            redirects++;
            return redirects > SessionStore.MAX_FOLLOWED
                    ? failed(new SessionStoreException(
                            "a session moved more than " + SessionStore.MAX_FOLLOWED + " times in a row", null, false))
                    : look(follow.target(), follow.uid(), null);
        }
        if (row == null) {
            throw new IllegalStateException("a rule writes where nothing is stored");
        }
        return decision instanceof SessionRules.Decision.Replace<O> replace
                ? send(key, followed, new Sent<>(row, Row.of(row.key(), replace.next()), replace.applied(), false))
                : send(
                        key,
                        followed,
                        new Sent<>(row, null, ((SessionRules.Decision.Remove<O>) decision).applied(), false));
    }

    private CompletionStage<O> send(SessionKey key, @Nullable Token followed, Sent<O> sent) {
        attempts++;
        if (attempts > MAX_ATTEMPTS) {
            return failed(calls.gaveWay());
        }
        CompletionStage<RowCalls.Write> write =
                sent.next() == null ? calls.remove(sent.seen()) : calls.replace(sent.seen(), sent.next());
        return write.thenCompose(result -> switch (result) {
            case APPLIED -> done(sent.applied());
            case REFUSED -> look(key, followed, sent);
            case UNKNOWN -> look(key, followed, new Sent<>(sent.seen(), sent.next(), sent.applied(), true));
        });
    }

    private static <T> CompletionStage<T> done(T outcome) {
        return CompletableFuture.completedFuture(outcome);
    }

    private static <T> CompletionStage<T> failed(SessionStoreException failure) {
        return CompletableFuture.failedFuture(failure);
    }
}
